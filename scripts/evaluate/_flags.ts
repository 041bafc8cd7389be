/** The flags of `deno task evaluate`. */
import { engineFlags } from "../../src/cli/flags/engine.ts";
import {
  choice,
  integer,
  list,
  needed,
  number,
  path,
  text,
  toggle,
  type Values,
  withDefault,
} from "../../src/cli/flags/mod.ts";
import { dataset, parallelOnCores, seeds } from "../../src/cli/flags/shared.ts";
import { type DivisionName, divisions } from "../../src/data/sites/registry.ts";
import { MODES } from "../../src/evaluation/cell.ts";

/** All of them. */
export const evaluateFlags = {
  dataset: needed(dataset),
  methods: withDefault(
    list(text("LIST", "scratch, an objective (fcl, local, simclr, …), or a method of the protocol")),
    ["scratch", "local", "fcl"],
  ),
  labelled: withDefault(list(integer("LIST", "labelled cases a site", { from: 1 })), [1, 2, 4]),
  mode: withDefault(list(choice("LIST", MODES, "how sites fine-tune")), ["local"]),
  folds: { ...integer("N", "folds to run, the first N of the protocol's", { from: 1 }), shown: "all" },
  seeds: withDefault(seeds("seeds of training"), [11]),
  protocol: {
    ...text("NAME", "data, network and budget: a name of scripts/evaluate/protocols, or a file"),
    shown: "the one named as the data set, else default",
  },
  sites: choice(
    "DIVISION",
    Object.keys(divisions) as DivisionName[],
    "make sites instead of taking the data set's",
  ),
  siteCount: { ...integer("N", "with --sites: how many", { from: 1 }), shown: "10" },
  alpha: { ...number("X", "with --sites quantity or label-volume: Dirichlet's alpha", { above: 0 }), shown: "0.5" },
  labelledSites: {
    ...list(integer("LIST", "places, from 1, of the sites that have labels", { from: 1 })),
    shown: "as the protocol says, else all",
  },
  testedOn: {
    ...choice("CASES", ["own", "all"], "whose cases a network is tested on that a site fine-tunes alone: its own, all"),
    shown: "as the protocol says, else own",
  },
  minutes: {
    ...number("M", "spend M minutes: rounds and steps, the same for all methods, are planned for them", { from: 1 }),
    shown: "as the protocol says",
  },
  development: toggle("the subjects that the protocol holds back to choose schedules on"),
  parallel: parallelOnCores,
  against: { ...text("METHOD", "the method of the paired tests"), shown: "fcl, where it is among the methods" },
  ...engineFlags,
  out: needed(path("DIR", "results, pre-trained encoders and the report; the same command goes on there")),
};

/** What the flags give. */
export type EvaluateFlags = Values<typeof evaluateFlags>;
