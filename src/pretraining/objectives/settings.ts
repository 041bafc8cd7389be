/**
 * The objectives by name as the configuration sees them: which settings each reads, and which ones it is made of.
 *
 * Apart from the objectives themselves, so that a configuration can be checked without loading a tensor engine.
 *
 * @module
 */

/** Settings that only some objectives read; all others are common. */
export const ownSettings = [
  ...["dimension", "hidden", "temperature", "momentum", "symmetric", "negatives", "queue"],
  ...["release", "remoteQueue", "staleness", "sampling"],
  ...["maskedDenominator", "localPositives", "structuralMatching", "batchNegatives", "maskRatio"],
] as const;

/** One of them. */
export type OwnSetting = typeof ownSettings[number];

/** What the configuration must know of an objective. */
export interface ObjectiveSettings {
  /** What reports call it. */
  readonly title: string;
  /** The own settings that it reads. */
  readonly reads: readonly OwnSetting[];
  /** Settings that make it what its name says: another value is refused. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** What it is set to where the user says nothing else and the common default does not suit it. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Where it takes one projection of one kind only. */
  readonly projection?: "dense" | "global";
  /** The fewest volumes a step. @default 1 */
  readonly volumes?: number;
}

const exchange: readonly OwnSetting[] = ["release", "remoteQueue", "staleness", "sampling", "structuralMatching"];
const fclSettings = ownSettings.filter((name) => name !== "maskRatio");

/** The choices of the paper's text; see "Where the method departs from the paper" in ARCHITECTURE.md. */
const paper = {
  maskedDenominator: false,
  batchNegatives: false,
  localPositives: "views",
  structuralMatching: "remote",
  sampling: "uniform",
};

/** One embedding a patch, of the encoder alone, and two views of nearly the same place. */
const wholePatches = {
  projections: [{ kind: "global", maps: ["bottleneck"], grid: [4, 1, 1] }],
  decoderLevel: null,
  views: "near",
};

/** Every objective's, by name. */
export const objectiveSettings = {
  /** FCL as this system has it, every choice open. */
  "fcl": { title: "FCL", reads: fclSettings },
  /** FCL as the paper's text has it. */
  "fcl-paper": { title: "FCL as in the paper", reads: fclSettings, fixed: paper, defaults: wholePatches },
  /** The paper's but for a denominator without the query's own partition. */
  "fcl-masked": {
    title: "FCL, masked denominator",
    reads: fclSettings,
    fixed: { ...paper, maskedDenominator: true },
    defaults: wholePatches,
  },
  /** With a masked denominator, and partitions in all three axes; at single locations, since a patch spans several. */
  "fcl-3d": {
    title: "FCL, 3D partitions",
    reads: fclSettings,
    fixed: { ...paper, maskedDenominator: true },
    defaults: { ...wholePatches, projections: [{ kind: "dense", maps: ["bottleneck"], grid: [4, 4, 4] }] },
  },
  /** FCL's own part: its site's partitions and queue, nobody else's features. */
  "local": {
    title: "local contrastive learning",
    reads: fclSettings.filter((name) => !exchange.includes(name)),
    fixed: { structuralMatching: "none", release: 0 },
  },
  "simclr": {
    title: "SimCLR",
    reads: ["dimension", "hidden", "temperature"],
    defaults: wholePatches,
    projection: "global",
    volumes: 2, // of one volume there are no negatives
  },
  "moco": {
    title: "MoCo",
    reads: ["dimension", "hidden", "temperature", "momentum", "queue"],
    defaults: wholePatches,
    projection: "global",
    volumes: 2, // the head normalises over the patches
  },
  "byol": {
    title: "BYOL",
    reads: ["dimension", "hidden", "momentum"],
    defaults: wholePatches,
    projection: "global",
    volumes: 2, // both heads normalise over the patches
  },
  "rotation": {
    title: "rotation prediction",
    reads: ["hidden"],
    defaults: { decoderLevel: null, projections: [{ maps: ["bottleneck"] }] },
    projection: "dense",
  },
  "reconstruction": {
    title: "masked reconstruction",
    reads: ["maskRatio"],
    fixed: { decoderLevel: 0 },
    defaults: { projections: [{ maps: ["bottleneck"] }] },
    projection: "dense",
  },
} as const satisfies Readonly<Record<string, ObjectiveSettings>>;

/** What `pretrain.objective` may be. */
export type ObjectiveName = keyof typeof objectiveSettings;

/** Every name. */
export const objectiveNames = Object.freeze(Object.keys(objectiveSettings) as ObjectiveName[]);
