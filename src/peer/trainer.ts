/**
 * All tensor work of a peer: data, engine, pre-training, fine-tuning, testing. Runs in a Worker of its own, because a
 * blocked event loop would lose the network's connections.
 *
 * @module
 */
import { join } from "@std/path";
import { unetBackbone } from "../contrastive/backbone.ts";
import { Pretrainer } from "../contrastive/pretrainer.ts";
import { sha256Hex } from "../core/digest.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import { flatten, type Layout, layoutOf, unflatten } from "../core/vectors.ts";
import type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { readNifti } from "../data/nifti/read.ts";
import { toRas } from "../data/orient.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { Volume } from "../data/volume.ts";
import { startEngine } from "../engine/engine.ts";
import { readLatestCheckpoint, writeCheckpoint } from "../model/checkpoint.ts";
import { parseUNetConfig, type UNetConfig } from "../model/config.ts";
import { UNet } from "../model/unet.ts";
import { loadWeights } from "../model/weights.ts";
import { evaluateCase } from "../segmentation/evaluate.ts";
import { fineTune } from "../segmentation/fine_tune.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method, RepresentationHealth } from "./events.ts";
import { makePreview } from "./report/preview.ts";
import type { CaseDice, Preview } from "./report/schema.ts";
import { prepareAll, referencesOf, type Use } from "./site_data.ts";
import type {
  MethodResult,
  RemoteFeatures,
  RoundResult,
  StageProgress,
  TrainerApi,
  TrainerOpened,
} from "./trainer_api.ts";

/** Test cases that the report shows a slice of. */
const PREVIEWS = 2;
/** Least time between two progress messages to the main thread, in milliseconds. */
const PROGRESS_INTERVAL = 250;

/**
 * Rates and thins out progress: the last step always, others at most every {@linkcode PROGRESS_INTERVAL}. `earlier` are
 * the steps that were done before the meter was made.
 */
function progressMeter(phase: StageProgress["phase"], report: (progress: StageProgress) => void, earlier = 0) {
  const startedAt = performance.now();
  let reportedAt = -Infinity;
  return ({ step, steps, loss }: { step: number; steps: number; loss?: number }) => {
    const now = performance.now();
    if (step < steps && now - reportedAt < PROGRESS_INTERVAL) return;
    reportedAt = now;
    report({ phase, step, steps, loss, perSecond: (step - earlier) / Math.max(1e-3, (now - startedAt) / 1000) });
  };
}

/** Everything that `open` makes. */
interface Opened {
  configuration: PeerConfiguration;
  dataset: Dataset;
  references: Record<Use, CaseReference[]>;
  prepared: Record<Use, PreparedCase[]>;
  network: UNetConfig;
  pretrainer: Pretrainer;
  layout: Layout;
}

const PRETRAINER_STATE = "state/";

/** The Worker's side of {@linkcode TrainerApi}. */
export class Trainer implements TrainerApi {
  #opened: Opened | undefined;
  /** Predictions of the first test cases, kept for the previews. */
  readonly #predictions = new Map<string, Partial<Record<Method, Volume>>>();

  async open(configuration: PeerConfiguration): Promise<TrainerOpened> {
    const { name, seed, data, network: { baseFilters, levels, norm, pool }, pretrain: config } = configuration;
    const warnings: string[] = [];
    const engine = await startEngine({
      engine: configuration.engine.name,
      threads: configuration.engine.threads,
      adapter: configuration.engine.adapter,
      warn: (message) => warnings.push(message),
    });
    const dataset = await openDataset(data.directory);
    const references = referencesOf(dataset, configuration);
    const prepared = await prepareAll(references, configuration, dataset.labels);
    const network = parseUNetConfig({ classes: dataset.labels.size + 1, baseFilters, levels, norm, pool });
    const pretrainer = new Pretrainer({
      config,
      createBackbone: unetBackbone(network, config),
      cases: prepared.training,
      rng: new Rng(seed).fork(`site/${name}`),
      modelRng: new Rng(seed).fork("model"),
    });
    const { round, damaged } = await this.#resume(pretrainer, configuration);
    const weights = await pretrainer.weights();
    const layout = layoutOf(weights);
    this.#opened = { configuration, dataset, references, prepared, network, pretrainer, layout };
    return {
      engine,
      cases: {
        training: prepared.training.length,
        labelled: prepared.labelled.length,
        probe: prepared.probe.length,
        test: prepared.test.length,
      },
      layoutDigest: await sha256Hex(JSON.stringify(layout)),
      vector: flatten(weights),
      round,
      warnings: [...warnings, ...damaged],
    };
  }

  /** Goes on from the latest whole checkpoint, if there is one. */
  async #resume(pretrainer: Pretrainer, configuration: PeerConfiguration) {
    const checkpoint = await readLatestCheckpoint(checkpointDirectory(configuration));
    if (!checkpoint) return { round: 0, damaged: [] };
    const isState = ({ name }: { name: string }) => name.startsWith(PRETRAINER_STATE);
    try {
      pretrainer.setWeights(checkpoint.vectors.filter((vector) => !isState(vector)));
      const state = checkpoint.vectors.filter(isState);
      await pretrainer.setState(state.map((v) => ({ ...v, name: v.name.slice(PRETRAINER_STATE.length) })));
    } catch (cause) {
      throw new UserError(
        `resuming: the checkpoint must come from the same settings; ${messageOf(cause)}; remove it to start afresh`,
        { where: checkpoint.path, cause },
      );
    }
    const { round } = checkpoint.state as { round: number };
    const damaged = checkpoint.damaged.map(({ path, reason }) =>
      `passed over a damaged checkpoint, ${path}: ${reason}`
    );
    return { round, damaged };
  }

  async round(
    round: number,
    remote: RemoteFeatures[],
    onProgress: (progress: StageProgress) => void,
  ): Promise<RoundResult> {
    const { configuration: { schedule: { rounds, stepsPerRound: steps } }, pretrainer } = this.#require();
    const earlier = (round - 1) * steps;
    const meter = progressMeter("pretrain", onProgress, earlier);
    const running = pretrainer.round({ round, steps, remote });
    let next = await running.next();
    for (; !next.done; next = await running.next()) {
      meter({ step: earlier + next.value.step, steps: rounds * steps, loss: next.value.loss });
    }
    const { meanLoss: loss, release, skipped, refused } = next.value;
    const vector = flatten(await pretrainer.weights());
    return { vector, loss, release, skipped, refused };
  }

  async adopt(round: number, vector: Float32Array): Promise<RepresentationHealth | null> {
    const { configuration, pretrainer, layout, prepared } = this.#require();
    const weights = unflatten(vector, layout);
    pretrainer.setWeights(weights);
    const state = (await pretrainer.state()).map((v) => ({ ...v, name: PRETRAINER_STATE + v.name }));
    await writeCheckpoint(checkpointDirectory(configuration), { vectors: [...weights, ...state], state: { round } });
    return prepared.probe.length === 0 ? null : await pretrainer.health(prepared.probe);
  }

  async segment(
    method: Method,
    onProgress: (progress: StageProgress) => void,
    onDice: (dice: CaseDice) => void,
  ): Promise<MethodResult> {
    const { configuration: { seed, name, network: { patch }, ...configuration }, network, ...opened } = this.#require();
    const { prepared, references, dataset, pretrainer } = opened;
    const unet = new UNet(network, new Rng(seed).fork("segmentation"));
    try {
      const isPretrained = method === "fcl";
      if (isPretrained) loadWeights(unet.variables, await pretrainer.encoderWeights());
      const { encoderRate, warmUpSteps, balance, ...fineTuning } = configuration.fineTune;
      const meter = progressMeter(method, onProgress);
      const losses: number[] = [];
      const training = fineTune({
        ...fineTuning,
        loss: { balance },
        unet,
        cases: prepared.labelled,
        patch,
        rng: new Rng(seed).fork(`fine-tune/${name}`),
        encoderRate: isPretrained ? encoderRate : 1,
        warmUpSteps: isPretrained ? warmUpSteps : 0,
      });
      for await (const progress of training) {
        losses.push(progress.loss);
        meter(progress);
        await nextMessage();
      }
      const predictions = join(configuration.outputDirectory, "predictions", method);
      await Deno.mkdir(predictions, { recursive: true });
      const dice: CaseDice[] = [];
      const testing = progressMeter("predict", onProgress);
      const steps = prepared.test.length;
      for (const [i, test] of prepared.test.entries()) {
        const evaluation = await evaluateCase(test, references.test[i], {
          segmenter: unet,
          labels: dataset.labels,
          patch,
          output: join(predictions, `${test.id}.nii.gz`),
        });
        if (i < PREVIEWS) this.#keep(test.id, method, evaluation.prediction);
        const line = { case: test.id, method, perClass: { ...evaluation.dice } };
        dice.push(line);
        onDice(line);
        testing({ step: i + 1, steps });
      }
      return { losses, dice };
    } finally {
      unet.dispose();
    }
  }

  async previews(): Promise<Preview[]> {
    const { references } = this.#require();
    return await Promise.all(
      references.test.slice(0, PREVIEWS).map(async ({ id, image, label }) => {
        const volume = toRas(await readNifti(image));
        const labelsOf = (stored: Volume | undefined) => stored && Uint8Array.from(toRas(stored).data);
        const { fcl, scratch } = this.#predictions.get(id) ?? {};
        const [x, y, z] = volume.dims;
        return makePreview({
          case: id,
          shape: [z, y, x],
          spacing: volume.spacing,
          image: volume.data,
          truth: labelsOf(label === undefined ? undefined : await readNifti(label)),
          fcl: labelsOf(fcl),
          scratch: labelsOf(scratch),
        });
      }),
    );
  }

  #keep(id: string, method: Method, prediction: Volume): void {
    this.#predictions.set(id, { ...this.#predictions.get(id), [method]: prediction });
  }

  #require(): Opened {
    if (!this.#opened) throw new Error("the trainer has not been opened");
    return this.#opened;
  }
}

function checkpointDirectory({ stateDirectory }: PeerConfiguration): string {
  return join(stateDirectory, "checkpoints");
}

/** Lets the Worker read its messages between two steps. */
function nextMessage(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
