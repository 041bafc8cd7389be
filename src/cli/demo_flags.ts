/**
 * The flags of the demo, for whoever runs it: itself, and the script that runs it with several seeds.
 *
 * @module
 */
import { PEER_DEFAULTS } from "../settings/defaults.ts";
import { engineFlags } from "./flags/engine.ts";
import { integer, number, path, toggle, type Values, withDefault } from "./flags/mod.ts";
import { dataset } from "./flags/shared.ts";

const { labelled, schedule, seed } = PEER_DEFAULTS;

/** What holds where neither a flag nor a plan says otherwise. */
export const DEMO_DEFAULTS = Object.freeze({
  rounds: 7,
  steps: schedule.stepsPerRound,
  fineTune: 220,
  fineTuneRounds: 10, // in a run of minutes, each takes as long as several steps
  fineTuneRoundsInMinutes: 22,
  voxels: 110_000,
});

/** All of them. What two cores can do in about five minutes is their default. */
export const demoFlags = {
  data: { ...dataset, shown: "a phantom cohort is made" },
  peers: withDefault(integer("N", "peers, each a process of its own", { from: 1 }), 4),
  labelled: withDefault(
    integer("N", "labelled cases that each peer may fine-tune with; 0: none does", { from: 0 }),
    labelled,
  ),
  minutes: {
    ...number("M", "spend M minutes: voxel size, network, rounds and steps are planned for them", { from: 1 }),
    shown: "as the flags say",
  },
  rounds: { ...integer("N", "rounds of pre-training", { from: 1 }), shown: String(DEMO_DEFAULTS.rounds) },
  steps: { ...integer("N", "training steps a round", { from: 1 }), shown: String(DEMO_DEFAULTS.steps) },
  fineTune: {
    ...integer("N", "fine-tuning steps, as many from scratch", { from: 1 }),
    shown: String(DEMO_DEFAULTS.fineTune),
  },
  fineTuneRounds: {
    ...integer("N", "rounds of fine-tuning after which the networks are averaged; 0: each peer does it alone", {
      from: 0,
    }),
    shown: `${DEMO_DEFAULTS.fineTuneRounds}, with --minutes ${DEMO_DEFAULTS.fineTuneRoundsInMinutes}, with --alone 0`,
  },
  cases: { ...integer("N", "at most N cases a peer", { from: 1 }), shown: "all" },
  voxels: {
    ...integer("N", "at most N voxels a volume: coarser ones train faster", { from: 1000 }),
    shown: String(DEMO_DEFAULTS.voxels),
  },
  fieldOfView: integer("MM", "longer in-plane extent, for data whose headers have lost the spacing", { from: 1 }),
  sliceSpacing: integer("MM", "distance between slices, likewise", { from: 1 }),
  seed: withDefault(integer("N", "seed of everything random", { from: 0 }), seed),
  alone: toggle("the baseline without exchange: no peer knows another"),
  ...engineFlags,
  out: {
    ...path("DIR", "a new or empty folder for the results; called again after a kill, the demo in it goes on"),
    shown: "out/demo-1, -2, …",
  },
};

/** What the flags give. */
export type DemoOptions = Values<typeof demoFlags>;

/** Rounds in which the peers fine-tune together; 0 where each does it alone. */
export function roundsTogether(options: DemoOptions): number {
  const { fineTuneRounds, alone, labelled, peers, minutes, fineTune = Infinity } = options;
  if (alone || labelled === 0 || peers === 1) return 0;
  const usual = minutes === undefined ? DEMO_DEFAULTS.fineTuneRounds : DEMO_DEFAULTS.fineTuneRoundsInMinutes;
  return fineTuneRounds ?? Math.min(usual, fineTune);
}
