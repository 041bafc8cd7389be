/**
 * All tensor work of a peer: data, engine, pre-training, fine-tuning, testing. Runs in a Worker of its own, because a
 * blocked event loop would lose the network's connections.
 *
 * When the engine's device is lost, all tensors are lost with it. The next engine then takes over: a training in rounds
 * goes on from its last checkpoint and repeats the round, fine-tuning at one go repeats the steps since its own, testing
 * goes on with the next case.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import * as Comlink from "comlink";
import type { Pretrainer } from "../pretraining/pretrainer.ts";
import { sha256Hex } from "../core/digest.ts";
import type { RemoteFeatures } from "../core/features.ts";
import { flatten, type Layout, layoutOf, unflatten } from "../core/vectors.ts";
import { type Engine, engines } from "../engine/engine.ts";
import { withoutSupervision } from "../segmentation/deep_supervision.ts";
import { singlePartValues } from "../segmentation/single_parts.ts";
import { encodeOptimiser, innerOptimiser, takeOptimiser } from "./_optimiser_state.ts";
import { FederatedFineTuning, fineTuneMethod, type FineTuningOptions } from "./_fine_tuning.ts";
import { factsOf, openData, type OpenedData } from "./_opening.ts";
import { resumePretraining } from "./_pretraining.ts";
import { progressMeter } from "./_progress_meter.ts";
import { TestedNetworks } from "./_tested_networks.ts";
import { testMethod } from "./_testing.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { EngineDescription, Method } from "./events.ts";
import type { CaseDice, Preview } from "./report/schema.ts";
import type { TrainingSettings } from "./state/settings.ts";
import type {
  Adopted,
  Adoption,
  FineTunedRound,
  FineTuningOpened,
  KeptNetwork,
  KeptWeights,
  MethodResult,
  RolledBack,
  RoundResult,
  SegmentOptions,
  StageProgress,
  TrainerApi,
  TrainerOpened,
} from "./trainer_api.ts";

/** The Worker's side of {@linkcode TrainerApi}. */
export class Trainer implements TrainerApi {
  readonly #among: readonly Engine[];
  #opened: OpenedData | undefined;
  /** On the current engine; undefined until it is needed there. */
  #pretrainer: Pretrainer | undefined;
  /** Rounds that are done. */
  #round = 0;
  #layout: Layout = [];
  /** Fine-tunings in rounds, by method. */
  readonly #federated = new Map<Method, FederatedFineTuning>();
  /** The one that was opened last. */
  #tuning: FederatedFineTuning | undefined;
  readonly #tested = new TestedNetworks();

  /** @param options.among the registry of engines, best first. @default engines */
  constructor({ among = engines }: { among?: readonly Engine[] } = {}) {
    this.#among = among;
  }

  async open(
    configuration: PeerConfiguration,
    warn: (message: string) => void,
    onProgress: (progress: StageProgress) => void = () => {},
    settings?: TrainingSettings,
  ): Promise<TrainerOpened> {
    const opened = await openData(configuration, { among: this.#among, warn, onProgress, settings });
    this.#opened = opened;
    const { weights, warnings: told, ...kept } = await this.#surviving("goes on", async () => {
      const { pretrainer, round, warnings, momentum, weight } = await this.#resume();
      this.#round = round;
      return { weights: await pretrainer.weights(), warnings, momentum, weight };
    });
    this.#layout = layoutOf(weights);
    const vector = flatten(weights);
    const found = {
      ...factsOf(opened, told),
      layoutDigest: await sha256Hex(JSON.stringify(this.#layout)),
      layout: this.#layout,
      vector,
      round: this.#round,
      ...kept,
    };
    return Comlink.transfer(found, [vector.buffer]);
  }

  async round(
    round: number,
    remote: RemoteFeatures[],
    onProgress: (progress: StageProgress) => void,
  ): Promise<RoundResult> {
    const { configuration: { schedule: { rounds, stepsPerRound: steps } } } = this.#require();
    const earlier = (round - 1) * steps;
    return await this.#surviving(`repeats round ${round} from ${this.#require().checkpoints.since}`, async () => {
      const pretrainer = await this.#pretraining();
      const meter = progressMeter("pretrain", onProgress, { earlier, round });
      const running = pretrainer.round({ round, steps, remote });
      let next = await running.next();
      for (; !next.done; next = await running.next()) {
        meter({ step: earlier + next.value.step, steps: rounds * steps, loss: next.value.loss });
      }
      const { meanLoss: loss, release, skipped, remarks } = next.value;
      const vector = flatten(await pretrainer.weights());
      return Comlink.transfer({ vector, loss, release, skipped, remarks }, [vector.buffer]);
    });
  }

  async adopt(round: number, { vector, momentum: own, optimiser, weight, audit }: Adoption): Promise<Adopted> {
    const { prepared, checkpoints } = this.#require();
    const weights = unflatten(vector, this.#layout);
    return await this.#surviving(`takes the weights of round ${round} again`, async () => {
      const pretrainer = await this.#pretraining();
      const warnings: string[] = [];
      const taken = optimiser && takeOptimiser(pretrainer, { optimiser, values: vector.length, warnings });
      const momentum = taken ?? own;
      pretrainer.setWeights(weights);
      const state = await pretrainer.state();
      if (this.#round < round) {
        const failure = await checkpoints.write({ round, weights, state, momentum, weight, audit });
        if (failure) warnings.push(failure);
      }
      this.#round = round;
      const health = prepared.probe.length === 0 ? null : await pretrainer.health(prepared.probe);
      const given = encodeOptimiser({ inner: innerOptimiser(state), momentum });
      return Comlink.transfer({ health, optimiser: given, momentum: taken, warnings }, [given.buffer]);
    });
  }

  async rollBack(): Promise<RolledBack | undefined> {
    if (!await this.#require().checkpoints.rollBack()) return undefined;
    return await this.#surviving("goes back", async () => {
      await this.#pretrainer?.dispose();
      this.#pretrainer = undefined;
      const { pretrainer, round, momentum, warnings } = await this.#resume();
      this.#round = round;
      return { vector: flatten(await pretrainer.weights()), round, momentum, warnings };
    });
  }

  async openFineTuning(method: Method): Promise<FineTuningOpened> {
    await this.#tuning?.close();
    const tuning = new FederatedFineTuning(this.#tuningOf(method), {
      after: this.#round,
      settings: this.#require().settings?.fineTuning,
    });
    this.#federated.set(method, this.#tuning = tuning);
    return await this.#surviving(`opens the fine-tuning (${method})`, () => tuning.open());
  }

  async fineTune(round: number, onProgress: (progress: StageProgress) => void): Promise<FineTunedRound> {
    const tuning = this.#requireTuning();
    return await this.#surviving(
      `repeats round ${round} of the fine-tuning from ${tuning.since}`,
      () => tuning.round(round, onProgress),
    );
  }

  async adoptFineTuned(round: number, adoption: Adoption): Promise<string[]> {
    const tuning = this.#requireTuning();
    return await this.#surviving(
      `takes the weights of round ${round} of the fine-tuning again`,
      () => tuning.adopt(round, adoption),
    );
  }

  async rollBackFineTuning(): Promise<RolledBack | undefined> {
    const tuning = this.#requireTuning();
    if (!await tuning.dropCheckpoint()) return undefined; // once, however often the rest is repeated
    return await this.#surviving("goes back", async () => {
      await tuning.close();
      const { vector, round, momentum, warnings } = await tuning.open();
      return { vector, round, momentum, warnings };
    });
  }

  async segment(
    method: Method,
    onProgress: (progress: StageProgress) => void,
    onDice: (dice: CaseDice) => void,
    { until = Infinity }: SegmentOptions = {},
  ): Promise<MethodResult> {
    const { configuration, network, prepared, references, dataset, settings, warn } = this.#require();
    await this.#tuning?.close();
    const { weights, losses } = this.#federated.get(method)?.result() ?? await this.#surviving(
      `goes on with the fine-tuning (${method}) from its last checkpoint`,
      () =>
        fineTuneMethod(this.#tuningOf(method), {
          ...{ after: this.#round, settings: settings?.fineTuning, onProgress, warn },
          isOver: () => Date.now() >= until,
        }),
    );
    this.#tested.begin(method, weights);
    const tests = prepared.test.map((prepared, i) => ({ prepared, reference: references.test[i] }));
    const meter = progressMeter("predict", onProgress);
    const lines: CaseDice[] = [];
    await this.#surviving("goes on with the next test case", async () => {
      for await (
        const { path, dice } of testMethod(tests, weights, {
          ...{ configuration, network, method, scheme: dataset, labelled: prepared.labelled },
          first: lines.length,
          onProgress: meter,
        })
      ) {
        this.#tested.predicted(method, { path, dice });
        lines.push(dice);
        onDice(dice);
      }
    });
    return { losses, dice: lines };
  }

  async encoder(): Promise<KeptWeights> {
    const { network } = this.#require();
    const vectors = await this.#surviving(
      "reads the encoder again",
      async () => (await this.#pretraining()).encoderWeights(),
    );
    return { network, vectors, tfjs: tf.version["tfjs-core"] };
  }

  // deno-lint-ignore require-await
  async network(method: Method): Promise<KeptNetwork> {
    const { network, prepared: { labelled } } = this.#require();
    const weights = this.#tested.weights(method);
    const singleParts = singlePartValues(labelled);
    return { network, vectors: withoutSupervision(weights), tfjs: tf.version["tfjs-core"], singleParts };
  }

  // deno-lint-ignore require-await
  async engine(): Promise<EngineDescription> {
    return this.#require().engines.current;
  }

  async previews(): Promise<Preview[]> {
    const { references, dataset } = this.#require();
    return await this.#tested.previews(references.test, dataset);
  }

  #requireTuning(): FederatedFineTuning {
    if (!this.#tuning) throw new Error("no fine-tuning has been opened");
    return this.#tuning;
  }

  #tuningOf(method: Method): FineTuningOptions {
    const { configuration, network, dataset: { labels }, prepared: { labelled: cases, training } } = this.#require();
    const labelled = new Set(cases.map(({ id }) => id));
    const unlabelled = training.filter(({ id }) => !labelled.has(id));
    const pretrained = async () => method === "pretrained" ? (await this.#pretraining()).encoderWeights() : undefined;
    return { configuration, network, method, cases, unlabelled, labels, pretrained };
  }

  /** Pre-training on the current engine: as it has gone on there, or as its last checkpoint left it. */
  async #pretraining(): Promise<Pretrainer> {
    return this.#pretrainer ?? (await this.#resume()).pretrainer;
  }

  async #resume() {
    const opened = this.#require();
    const resumed = await resumePretraining(opened, opened.prepared.training);
    this.#pretrainer = resumed.pretrainer;
    return resumed;
  }

  /** See `PeerEngines.surviving`. */
  #surviving<T>(again: string, work: () => Promise<T>): Promise<T> {
    const { engines, checkpoints, warn } = this.#require();
    return engines.surviving(work, { again, checkpoints, warn, release: () => this.#release() });
  }

  /** Lets go of everything on the current engine. */
  async #release(): Promise<void> {
    const lost = this.#pretrainer;
    this.#pretrainer = undefined;
    await lost?.dispose();
    await this.#tuning?.close();
  }

  #require(): OpenedData {
    if (!this.#opened) throw new Error("the trainer has not been opened");
    return this.#opened;
  }
}
