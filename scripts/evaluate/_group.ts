/**
 * Groups of cells as processes.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import type { PlannedCell } from "../../src/evaluation/plan/cells.ts";
import type { GroupEvent } from "../../src/evaluation/running/group.ts";
import type { EvaluationRequest } from "./_evaluation.ts";

/** Everything that a process needs to know. */
export interface GroupRun {
  readonly request: EvaluationRequest;
  /** Of one pre-training, fold and seed. */
  readonly cells: readonly PlannedCell[];
}

const PROCESS = fromFileUrl(new URL("group_process.ts", import.meta.url));
const infinite = (key: string, value: unknown) =>
  value === "inf" && (key === "hd95" || key === "assd") ? Infinity : value;

/** The cells in groups that share a pre-training, or the method that has none, in the plan's order. */
export function groupsOf(cells: readonly PlannedCell[]): PlannedCell[][] {
  const keyOf = ({ pretraining, method, fold, seed }: PlannedCell) => pretraining ?? `${method}/${fold}/${seed}`;
  return [...Map.groupBy(cells, keyOf).values()];
}

/**
 * Runs a group in a process of its own, with low priority to the machine's other work.
 *
 * @throws {UserError} if it does not come to its end; what it printed of the reason stands on standard error.
 */
export async function* launchGroup(run: GroupRun, { signal }: { signal: AbortSignal }): AsyncGenerator<GroupEvent> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", `--allow-write=${run.request.out}`, "--allow-env"]
      .concat("--allow-sys", "--allow-ffi", PROCESS, JSON.stringify(run)),
    stdin: "piped",
    stdout: "piped",
    signal,
  }).spawn();
  const lines: ReadableStream<string> = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) yield JSON.parse(line, infinite);
  const { code } = await child.status;
  signal.throwIfAborted();
  if (code === 0) return;
  const { method, fold, seed } = run.cells[0];
  throw new UserError("running an evaluation: every group of cells must come to its end", {
    where: `${method}, fold ${fold}, seed ${seed}`,
    value: `exit code ${code}`,
  });
}
