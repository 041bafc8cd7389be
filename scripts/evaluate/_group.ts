/**
 * Groups of cells as processes.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { groupId } from "../../src/evaluation/cell.ts";
import type { PlannedCell } from "../../src/evaluation/plan/cells.ts";
import type { GroupEvent } from "../../src/evaluation/running/group.ts";
import { launch } from "../../src/studies/process.ts";
import type { EvaluationRequest } from "./_evaluation.ts";

/** Everything that a process needs to know. */
export interface GroupRun {
  readonly request: EvaluationRequest;
  /** Of one pre-training, fold and seed. */
  readonly cells: readonly PlannedCell[];
}

const PROCESS = fromFileUrl(new URL("group_process.ts", import.meta.url));

/** What a group's process tells: first what it computes with, then how far it is. */
export type ProcessEvent = { readonly kind: "engine"; readonly engine: string } | GroupEvent;

/** The only field of such an object. */
const WORDLESS = "number";

/** A line of a group's process. JSON has no word for Infinity and NaN, which figures may be: they are objects there. */
export function writeEvent(event: ProcessEvent): string {
  const isWordless = (value: unknown) => typeof value === "number" && !Number.isFinite(value);
  return JSON.stringify(event, (_, value) => isWordless(value) ? { [WORDLESS]: String(value) } : value);
}

/** The inverse of {@linkcode writeEvent}. */
export function readEvent(line: string): ProcessEvent {
  return JSON.parse(line, (_, value) => typeof value?.[WORDLESS] === "string" ? Number(value[WORDLESS]) : value);
}

/** What a cell's group is called: its pre-training, or the method that has none. */
export function nameOf(cell: PlannedCell): string {
  return cell.pretraining ?? groupId(cell);
}

/** The cells in groups that share a pre-training, or the method that has none, in the plan's order. */
export function groupsOf(cells: readonly PlannedCell[]): PlannedCell[][] {
  return [...Map.groupBy(cells, nameOf).values()];
}

/**
 * Runs a group in a process of its own.
 *
 * @throws {ProcessError} if it does not come to its end; what it printed of the reason stands on standard error.
 */
export async function* launchGroup(run: GroupRun, { signal }: { signal: AbortSignal }): AsyncGenerator<ProcessEvent> {
  const lines = launch(PROCESS, run, {
    permissions: ["--allow-read", `--allow-write=${run.request.out}`, "--allow-env", "--allow-sys", "--allow-ffi"],
    doing: "running an evaluation: every group of cells must come to its end; the same command tries again",
    where: nameOf(run.cells[0]),
    signal,
  });
  for await (const line of lines) yield readEvent(line);
}
