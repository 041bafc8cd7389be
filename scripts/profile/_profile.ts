/**
 * From recorded kernels to sums: by kernel, by layer, and as a tree.
 *
 * @module
 */

import { mean } from "../../src/core/statistics.ts";
import type { KernelRun, Phase, Recording } from "./recorder.ts";

/** A sum over kernels, per step. */
export interface Sum {
  readonly name: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** A part of the step and the parts that it is made of. */
export interface TimeNode {
  readonly name: string;
  readonly milliseconds: number;
  readonly children: readonly TimeNode[];
}

/** One line of --json. */
export interface ProfileRow extends Sum {
  readonly phase: Phase;
  readonly layer: string;
}

/** Where the time of a step goes: means over the steps, so that parts add up to the whole. */
export interface Profile {
  readonly steps: number;
  /** Of a whole step. */
  readonly milliseconds: number;
  /** What no kernel took: tape, JavaScript, memory, reading results. */
  readonly outside: number;
  /** By phase, layer and kernel (`name`); the largest first. */
  readonly rows: readonly ProfileRow[];
}

/** The name of {@linkcode Profile.outside} in tables and pictures. */
export const OUTSIDE = "outside of kernels";

/** Brings the recordings of some steps together. */
export function profileOf(recordings: readonly Recording[]): Profile {
  const steps = recordings.length;
  if (steps === 0) throw new RangeError("a profile needs one recorded step at least");
  const runs = recordings.flatMap(({ runs }) => runs);
  const groups = Map.groupBy(runs, ({ phase, layer, kernel }) => [phase, layer, kernel].join("\n"));
  const rows = [...groups.values()].map((group) => {
    const [{ phase, layer, kernel }] = group;
    return { phase, layer, name: kernel, calls: group.length / steps, milliseconds: total(group) / steps };
  });
  const milliseconds = mean(recordings.map(({ milliseconds }) => milliseconds));
  return {
    steps,
    milliseconds,
    outside: Math.max(0, milliseconds - total(rows)), // a device's own clock may count more than ours
    rows: largestFirst(rows),
  };
}

/** Sums of `rows` by what `key` says, the largest first. */
export function sumBy(rows: readonly ProfileRow[], key: (row: ProfileRow) => string): Sum[] {
  const sums = [...Map.groupBy(rows, key)].map(([name, group]) => ({
    ...{ name, milliseconds: total(group) },
    calls: group.reduce((sum, { calls }) => sum + calls, 0),
  }));
  return largestFirst(sums);
}

/** The step as a tree: phases in their order, layers by their path, kernels; what no kernel took comes last. */
export function treeOf({ rows, milliseconds, outside }: Profile): TimeNode {
  const paths = rows.map(({ phase, layer, name, milliseconds }) => ({
    path: [phase, ...layer.split("/").filter((part) => part !== ""), name],
    milliseconds,
  }));
  const phases: readonly string[] = ["forward", "backward", "update"] satisfies Phase[];
  const children = branches(paths).sort((a, b) => phases.indexOf(a.name) - phases.indexOf(b.name));
  return {
    ...{ name: "training step", milliseconds },
    children: [...children, { name: OUTSIDE, milliseconds: outside, children: [] }],
  };
}

interface Leaf {
  readonly path: readonly string[];
  readonly milliseconds: number;
}

function branches(leaves: readonly Leaf[]): TimeNode[] {
  const groups = Map.groupBy(leaves.filter(({ path }) => path.length > 0), ({ path }) => path[0]);
  const nodes = [...groups].map(([name, group]) => ({
    ...{ name, milliseconds: total(group) },
    children: branches(group.map(({ path, milliseconds }) => ({ path: path.slice(1), milliseconds }))),
  }));
  return largestFirst(nodes);
}

function total(parts: readonly Pick<KernelRun, "milliseconds">[]): number {
  return parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function largestFirst<Part extends { milliseconds: number }>(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => b.milliseconds - a.milliseconds);
}
