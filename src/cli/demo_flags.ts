/**
 * The flags of the demo, for whoever runs it: itself, and the script that runs it with several seeds.
 *
 * @module
 */
import { PEER_DEFAULTS } from "../settings/defaults.ts";
import { engineFlags } from "./flags/engine.ts";
import { integer, path, toggle, type Values, withDefault } from "./flags/mod.ts";
import { dataset } from "./flags/shared.ts";

const { labelled, schedule, fineTuning, seed } = PEER_DEFAULTS;

/** All of them. What two cores can do in five minutes is their default. */
export const demoFlags = {
  data: { ...dataset, shown: "a phantom cohort is made" },
  peers: withDefault(integer("N", "peers, each a process of its own", { from: 1 }), 4),
  labelled: withDefault(
    integer("N", "labelled cases that each peer may fine-tune with; 0: none does", { from: 0 }),
    labelled,
  ),
  rounds: withDefault(integer("N", "rounds of pre-training", { from: 1 }), schedule.rounds),
  steps: withDefault(integer("N", "training steps a round", { from: 1 }), schedule.stepsPerRound),
  fineTune: withDefault(integer("N", "fine-tuning steps, as many from scratch", { from: 1 }), fineTuning.steps),
  fineTuneRounds: {
    ...integer("N", "fine-tune together: average the networks in N rounds", { from: 1 }),
    shown: "each peer does it alone",
  },
  cases: { ...integer("N", "at most N cases a peer", { from: 1 }), shown: "all" },
  voxels: withDefault(integer("N", "at most N voxels a volume: coarser ones train faster", { from: 1000 }), 110_000),
  fieldOfView: integer("MM", "longer in-plane extent, for data whose headers have lost the spacing", { from: 1 }),
  sliceSpacing: integer("MM", "distance between slices, likewise", { from: 1 }),
  seed: withDefault(integer("N", "seed of everything random", { from: 0 }), seed),
  alone: toggle("the baseline without exchange: no peer knows another"),
  ...engineFlags,
  out: { ...path("DIR", "a new or empty folder for the results"), shown: "out/demo-1, -2, …" },
};

/** What the flags give. */
export type DemoOptions = Values<typeof demoFlags>;
