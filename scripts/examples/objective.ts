/**
 * An objective of one's own: VICReg (Bardes, Ponce and LeCun, arXiv 2105.04906). Two views of each patch are to have the
 * same embedding, while every dimension keeps its spread over the batch and says what no other one says; there are no
 * negatives, no momentum network and no queue. All its weights are averaged among the sites, and no feature leaves one.
 *
 * How to run it: see README.md beside this file. In a configuration: `"pretrain": { "objective": "vicreg" }`.
 *
 * @module
 */
import {
  type EmbeddedRows,
  EmbeddingNetwork,
  joinPatches,
  type NamedVariables,
  type Objective,
  type ObjectiveKind,
  type ObjectiveOptions,
  objectives,
  type ObjectiveStep,
  type PatchPlace,
  type Rng,
  type Scalar,
  type Tensor2D,
  type Tensor5D,
  variableGradients,
  type ViewBatch,
  WithoutExchange,
} from "../../mod.ts";

/** Weights of the terms: the paper's lambda, mu and nu (section 4.2). */
const INVARIANCE = 25, VARIANCE = 25, COVARIANCE = 1;

/** Keeps the gradient of the square root finite. */
const EPSILON = 1e-4;

class VicReg extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #network: EmbeddingNetwork;

  constructor(options: ObjectiveOptions) {
    super();
    this.#network = new EmbeddingNetwork(options, { head: "raw" }); // not brought to norm 1: the spread is the loss's affair
    this.variables = this.shared = this.#network.variables;
    this.transferable = this.#network.backbone.variables;
  }

  step({ images, places }: ViewBatch, { rng }: { rng: Rng }): ObjectiveStep {
    const { value: loss, gradients } = variableGradients(() => {
      const z = this.#network.forward(joinPatches(images), places.flat(), rng); // [2 patches, dimension]
      return vicregLoss(z);
    }, this.variables);
    return { loss, gradients, finish: () => Promise.resolve() };
  }

  async embed(images: Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    const rows = await this.#network.embed(images, places, rng);
    return { ...rows, features: withNormOne(rows.features, rows.partitions.length) }; // as the measures of health expect
  }

  dispose(): void {
    this.#network.dispose();
  }
}

/**
 * lambda s(Z, Z') + mu [v(Z) + v(Z')] + nu [c(Z) + c(Z')], equation 6.
 *
 * @param z [2N, dimension]: the first view of N patches, then the second.
 */
export function vicregLoss(z: Tensor2D): Scalar {
  const [rows, dimension] = z.shape;
  const views = [0, rows / 2].map((start) => z.slice([start, 0], [rows / 2, dimension])); // [N, dimension] each
  const invariance = views[0].sub(views[1]).square().sum().div(rows / 2);
  const spread = views.map((view) => {
    const centred = view.sub(view.mean(0, true)) as Tensor2D; // [N, dimension]
    const covariance = centred.matMul<Tensor2D>(centred, true).div<Tensor2D>(rows / 2 - 1); // [dimension, dimension]
    const variance = centred.square().sum(0).div(rows / 2 - 1); // [dimension]
    const hinge = variance.add(EPSILON).sqrt().neg().add(1).relu().mean(); // v, equations 1 and 2
    const crossed = covariance.square().sum().sub(variance.square().sum()).div(dimension); // c, equations 3 and 4
    return hinge.mul(VARIANCE).add(crossed.mul(COVARIANCE));
  });
  return invariance.mul(INVARIANCE).add(spread[0]).add(spread[1]) as Scalar;
}

/** `rows` vectors one after another, each scaled to norm 1. */
function withNormOne(features: Float32Array, rows: number): Float32Array {
  const dimension = features.length / rows;
  const norms = Float64Array.from(
    { length: rows },
    (_, row) => Math.hypot(...features.subarray(row * dimension, (row + 1) * dimension)),
  );
  return features.map((value, i) => value / Math.max(norms[Math.floor(i / dimension)], Number.MIN_VALUE));
}

/** The registry's entry. */
export const vicreg: ObjectiveKind = {
  name: "vicreg",
  title: "VICReg",
  reads: ["dimension", "hidden"],
  defaults: {
    projections: [{ kind: "global", maps: ["bottleneck"], grid: [4, 1, 1] }], // one embedding a patch
    decoderLevel: null,
    views: "near",
  },
  projection: "global",
  volumes: 2, // of one patch there is no spread
  create: (options) => new VicReg(options),
};

objectives.register(vicreg);
