/**
 * The paper's own figures, to stand beside ours: Wu, Zeng, Wang, Shi, Hu, "Federated Contrastive Learning for
 * Volumetric Medical Image Segmentation", MICCAI 2021 (arXiv 2204.10983), its tables of local and of federated
 * fine-tuning on ACDC: 100 patients, 10 clients of 10, 5 folds within a client, 2D slices, Dice as mean ± standard
 * deviation over clients.
 *
 * @module
 */
import type { Mode } from "../cell.ts";

/** One figure of the paper. */
export interface PaperFigure {
  /** Over the paper's test cases. */
  readonly mean: number;
  /** Null where it is not among the figures at hand. */
  readonly sd: number | null;
}

/** One row of the paper's tables. */
export interface PaperRow {
  /** The method's name here; the paper's where this project has no such method. */
  readonly method: string;
  /** As the paper calls it. */
  readonly name: string;
  /** How it was fine-tuned. */
  readonly mode: Mode;
  /** By the number of labelled volumes, {@linkcode PAPER_LABELLED}. */
  readonly figures: readonly PaperFigure[];
}

/** N in the paper's tables. */
export const PAPER_LABELLED = [1, 2, 4, 8] as const;

const row = (
  mode: Mode,
  method: string,
  name: string,
  means: readonly number[],
  deviations: readonly number[] = [],
): PaperRow =>
  Object.freeze({
    method,
    name,
    mode,
    figures: Object.freeze(means.map((mean, i) => Object.freeze({ mean, sd: deviations[i] ?? null }))),
  });

/** Every row of the two tables. */
export const PAPER_ROWS: readonly PaperRow[] = Object.freeze([
  row("local", "scratch", "Random init", [.280, .414, .618, .766], [.037, .070, .026, .027]),
  row("local", "local", "Local CL", [.320, .456, .637, .770]),
  row("local", "rotation", "FedRotation", [.357, .508, .660, .783]),
  row("local", "simclr", "FedSimCLR", [.288, .435, .619, .765]),
  row("local", "swav", "FedSwAV", [.323, .480, .659, .782]),
  row("local", "fedca", "FedCA", [.280, .417, .610, .766]),
  row("local", "fcl", "FCL", [.506, .631, .745, .824], [.056, .051, .017, .025]),
  row("federated", "scratch", "Random init", [.445, .572, .764, .834]),
  row("federated", "local", "Local CL", [.473, .717, .784, .847]),
  row("federated", "rotation", "FedRotation", [.516, .627, .821, .867]),
  row("federated", "simclr", "FedSimCLR", [.395, .576, .788, .859]),
  row("federated", "swav", "FedSwAV", [.500, .594, .815, .862]),
  row("federated", "fedca", "FedCA", [.397, .561, .784, .858]),
  row("federated", "fcl", "FCL", [.646, .824, .871, .894], [.052, .004, .007, .006]),
]);

/** The paper's figure for a method of ours; undefined where it has none. */
export function paperFigure(method: string, mode: Mode, labelled: number): PaperFigure | undefined {
  const at = PAPER_LABELLED.findIndex((count) => count === labelled);
  return PAPER_ROWS.find((one) => one.method === method && one.mode === mode)?.figures[at];
}
