/** Metrics of what a peer learns. */
import type { Phase } from "../../peer/events.ts";
import { byLabel, type Metric, type MetricSource, single } from "./metric.ts";
import type { TrainingTally } from "./tally.ts";

const PHASES: readonly Phase[] = ["check", "prepare", "pretrain", "pretrained", "scratch", "predict"];

const ofTraining = (value: (training: TrainingTally) => number | undefined): Metric["samples"] => ({ tally }) =>
  byLabel([...tally.trainings].map(([name, training]) => [name, value(training)]));

const ofHealth =
  (value: (health: NonNullable<MetricSource["tally"]["health"]>) => number): Metric["samples"] =>
  ({ tally: { health } }) => single(health && value(health));

/** They are told once a peer has something to tell of them. */
export const TRAINING_METRICS: readonly Metric[] = [
  {
    name: "syncytium_phase",
    kind: "gauge",
    help: "1 for the stage that the peer is in",
    labels: ["phase"],
    samples: ({ tally }) => byLabel(PHASES.map((phase) => [phase, phase === tally.phase ? 1 : 0])),
  },
  {
    name: "syncytium_rounds_total",
    kind: "counter",
    help: "Rounds that ended in this life of the peer",
    labels: ["training"],
    samples: ofTraining(({ rounds }) => rounds),
  },
  {
    name: "syncytium_round",
    kind: "gauge",
    help: "The round that ended last, counted over all lives of the peer",
    labels: ["training"],
    samples: ofTraining(({ round }) => round),
  },
  {
    name: "syncytium_rounds_planned",
    kind: "gauge",
    help: "Rounds that the training will have",
    labels: ["training"],
    samples: ofTraining(({ planned }) => planned),
  },
  {
    name: "syncytium_steps_total",
    kind: "counter",
    help: "Training steps in this life of the peer",
    labels: ["training"],
    samples: ofTraining(({ steps }) => steps),
  },
  {
    name: "syncytium_step",
    kind: "gauge",
    help: "The step that was told last, counted over all lives of the peer",
    labels: ["training"],
    samples: ofTraining(({ step }) => step),
  },
  {
    name: "syncytium_steps_planned",
    kind: "gauge",
    help: "Steps that the training will have",
    labels: ["training"],
    samples: ofTraining(({ of }) => of),
  },
  {
    name: "syncytium_steps_per_second",
    kind: "gauge",
    help: "Speed of the training, since its round began",
    labels: ["training"],
    samples: ofTraining(({ perSecond }) => perSecond),
  },
  {
    name: "syncytium_loss",
    kind: "gauge",
    help: "Loss of the step that was told last",
    labels: ["training"],
    samples: ofTraining(({ loss }) => loss),
  },
  {
    name: "syncytium_round_loss",
    kind: "gauge",
    help: "Mean loss of the round that ended last",
    labels: ["training"],
    samples: ofTraining(({ roundLoss }) => roundLoss),
  },
  {
    name: "syncytium_distance_ratio",
    kind: "gauge",
    help: "Distance of the known members' weights from their mean, relative to its norm, at the end of the last round",
    labels: ["training"],
    samples: ofTraining(({ distance }) => distance),
  },
  {
    name: "syncytium_health_effective_rank",
    kind: "gauge",
    help: "Effective rank of the representation on the probe cases",
    samples: ofHealth(({ effectiveRank }) => effectiveRank),
  },
  {
    name: "syncytium_health_mean_cosine",
    kind: "gauge",
    help: "Mean cosine between two embeddings of probe cases; 1 is total collapse",
    samples: ofHealth(({ meanCosine }) => meanCosine),
  },
  {
    name: "syncytium_health_neighbour_accuracy_ratio",
    kind: "gauge",
    help: "Share of embeddings whose nearest ones of other subjects name their partition",
    samples: ofHealth(({ neighbourAccuracy }) => neighbourAccuracy),
  },
  {
    name: "syncytium_health_chance_ratio",
    kind: "gauge",
    help: "What the accuracy is by chance",
    samples: ofHealth(({ chance }) => chance),
  },
  {
    name: "syncytium_health_collapsed",
    kind: "gauge",
    help: "1 where the representation has collapsed",
    samples: ofHealth(({ collapsed }) => collapsed ? 1 : 0),
  },
  {
    name: "syncytium_dice_ratio",
    kind: "gauge",
    help: "Mean Dice over the test cases so far",
    labels: ["method", "structure"],
    samples: ({ tally }) =>
      [...tally.dice].flatMap(([method, { structures }]) =>
        [...structures].map(([structure, { sum, cases }]) => ({ labels: [method, structure], value: sum / cases }))
      ),
  },
  {
    name: "syncytium_dice_cases",
    kind: "gauge",
    help: "Test cases so far",
    labels: ["method"],
    samples: ({ tally }) => byLabel([...tally.dice].map(([method, { cases }]) => [method, cases])),
  },
  {
    name: "syncytium_cases",
    kind: "gauge",
    help: "Cases of the site by their use; labelled ones are training cases, too",
    labels: ["use"],
    samples: ({ tally }) => byLabel(Object.entries(tally.started?.cases ?? {})),
  },
  {
    name: "syncytium_checkpoints",
    kind: "gauge",
    help: "Checkpoints on the disk",
    labels: ["training"],
    samples: ({ disk }) => byLabel([...disk.checkpoints].map(([name, { files }]) => [name, files])),
  },
  {
    name: "syncytium_checkpoints_size_bytes",
    kind: "gauge",
    help: "What they take on the disk",
    labels: ["training"],
    samples: ({ disk }) => byLabel([...disk.checkpoints].map(([name, { bytes }]) => [name, bytes])),
  },
  {
    name: "syncytium_checkpoint_timestamp_seconds",
    kind: "gauge",
    help: "When the newest checkpoint was written",
    labels: ["training"],
    samples: ({ disk }) => byLabel([...disk.checkpoints].map(([name, { newestSeconds }]) => [name, newestSeconds])),
  },
  {
    name: "syncytium_finished",
    kind: "gauge",
    help: "1 once the run is over",
    samples: ({ tally }) => single(tally.finished === undefined ? 0 : 1),
  },
];
