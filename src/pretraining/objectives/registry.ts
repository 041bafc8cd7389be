/**
 * The objectives by name: a new one is one new file and one entry here.
 *
 * Each is loaded when it is made, so that a configuration can be checked without loading a tensor engine.
 *
 * @module
 */
import { Registry } from "../../core/registry.ts";
import type { Objective, ObjectiveKind, ObjectiveOptions } from "./objective.ts";
import { type OwnSetting, ownSettings } from "./settings.ts";

const exchange: readonly OwnSetting[] = ["release", "remoteQueue", "staleness", "sampling", "structuralMatching"];
const joining: readonly OwnSetting[] = ["contrastWeight", "pretextWeight", "sharedForward"];
const fclSettings = ownSettings.filter((name) => name !== "maskRatio" && !joining.includes(name));
/**
 * FCL's own maps by name: where the whole decoder is trained, "finest" is finer than those. With the weights below the
 * nearest neighbours name a place as often as with FCL alone (.40 and .41 after 50 steps on ten hippocampus volumes, FCL
 * .41; volume fusion at a weight of 10 .35, and .34 with queries of masked patches).
 */
const joined = { projections: [{ maps: ["bottleneck"] }, { maps: ["decoder1"] }] };

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

const fcl: ObjectiveKind["create"] = async (options) => (await import("./fcl.ts")).fcl(options);

/** Every objective; those that are `fcl` differ in the settings that are fixed. */
export const objectives: Registry<ObjectiveKind> = new Registry<ObjectiveKind>("an objective", [
  /** FCL as this system has it, every choice open. */
  { name: "fcl", title: "FCL", reads: fclSettings, create: fcl },
  /** FCL as the paper's text has it. */
  {
    name: "fcl-paper",
    title: "FCL as in the paper",
    reads: fclSettings,
    fixed: paper,
    defaults: wholePatches,
    create: fcl,
  },
  /** The paper's but for a denominator without the query's own partition. */
  {
    name: "fcl-masked",
    title: "FCL, masked denominator",
    reads: fclSettings,
    fixed: { ...paper, maskedDenominator: true },
    defaults: wholePatches,
    create: fcl,
  },
  /** With a masked denominator, and partitions in all three axes; at single locations, since a patch spans several. */
  {
    name: "fcl-3d",
    title: "FCL, 3D partitions",
    reads: fclSettings,
    fixed: { ...paper, maskedDenominator: true },
    defaults: { ...wholePatches, projections: [{ kind: "dense", maps: ["bottleneck"], grid: [4, 4, 4] }] },
    create: fcl,
  },
  /** FCL's own part: its site's partitions and queue, nobody else's features. */
  {
    name: "local",
    title: "local contrastive learning",
    reads: fclSettings.filter((name) => !exchange.includes(name)),
    fixed: { structuralMatching: "none", release: 0 },
    create: async (options) => (await import("./local.ts")).local(options),
  },
  {
    name: "simclr",
    title: "SimCLR",
    reads: ["dimension", "hidden", "temperature"],
    defaults: wholePatches,
    projection: "global",
    volumes: 2, // of one volume there are no negatives
    create: async (options) => (await import("./simclr.ts")).simclr(options),
  },
  {
    name: "moco",
    title: "MoCo",
    reads: ["dimension", "hidden", "temperature", "momentum", "queue"],
    defaults: wholePatches,
    projection: "global",
    volumes: 2, // the head normalises over the patches
    create: async (options) => (await import("./moco.ts")).moco(options),
  },
  {
    name: "byol",
    title: "BYOL",
    reads: ["dimension", "hidden", "momentum"],
    defaults: wholePatches,
    projection: "global",
    volumes: 2, // both heads normalise over the patches
    create: async (options) => (await import("./byol.ts")).byol(options),
  },
  {
    name: "rotation",
    title: "rotation prediction",
    reads: ["hidden"],
    defaults: { decoderLevel: null, projections: [{ maps: ["bottleneck"] }] },
    projection: "dense",
    create: async (options) => (await import("./rotation.ts")).rotation(options),
  },
  {
    name: "reconstruction",
    title: "masked reconstruction",
    reads: ["maskRatio"],
    fixed: { decoderLevel: 0 },
    defaults: { projections: [{ maps: ["bottleneck"] }] },
    projection: "dense",
    create: async (options) => (await import("./reconstruction.ts")).reconstruction(options),
  },
  /** FCL and masked reconstruction on one network. */
  {
    name: "fcl-reconstruction",
    title: "FCL with reconstruction",
    reads: [...fclSettings, "maskRatio", ...joining],
    fixed: { decoderLevel: 0 },
    defaults: { ...joined, pretextWeight: 5 },
    create: async (options) => (await import("./fcl_reconstruction.ts")).fclReconstruction(options),
  },
  /** FCL and volume fusion on one network. */
  {
    name: "fcl-volume-fusion",
    title: "FCL with volume fusion",
    reads: [...fclSettings, ...joining],
    fixed: { decoderLevel: 0, sharedForward: false },
    defaults: { ...joined, pretextWeight: 2 },
    volumes: 2, // a volume is mixed with another
    create: async (options) => (await import("./fcl_volume_fusion.ts")).fclVolumeFusion(options),
  },
  {
    name: "voxel",
    title: "voxel contrast",
    reads: ["dimension", "hidden", "temperature"],
    fixed: { views: "overlapping" }, // else there is nothing to match
    defaults: { projections: [{ maps: ["pyramid"], locations: 256 }], temperature: 0.1 }, // vox2vec's temperature
    projection: "dense",
    create: async (options) => (await import("./voxel.ts")).voxel(options),
  },
  {
    name: "volume-fusion",
    title: "volume fusion",
    reads: [],
    fixed: { decoderLevel: 0 },
    defaults: { projections: [{ maps: ["bottleneck"] }] },
    projection: "dense",
    volumes: 2, // a volume is mixed with another
    create: async (options) => (await import("./volume_fusion.ts")).volumeFusion(options),
  },
]);

/** Makes the objective that the configuration names. @throws {UserError} if there is none of that name. */
export async function createObjective(options: ObjectiveOptions): Promise<Objective> {
  return await objectives.named(options.config.objective).create(options);
}
