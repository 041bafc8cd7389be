/**
 * A study: runs that are processes of their own, and a line of JSON for what came of each. The same study goes on where
 * it was interrupted or killed: runs whose line is there are not run again, and one that was cut short begins anew.
 *
 * @module
 */
import { JsonLines, readJsonLines } from "./json_lines.ts";
import { launch } from "./process.ts";
import { type Worked, type WorkOptions, workThrough } from "./work.ts";

/** Everything that a run's process needs to know, as plain data. */
export interface StudyRun {
  /** For what it keeps while it runs; emptied before, and removed when its line is written. */
  readonly directory: string;
}

/** Options of {@linkcode runStudy}. */
export interface StudyOptions<Run extends StudyRun, Result> extends Pick<WorkOptions<Run>, "parallel" | "signal"> {
  /** Of the results' lines. */
  file: string;
  /** What takes a run as JSON and prints its result as JSON, in its last line. */
  script: string;
  /** Flags of `deno run` for the script. */
  permissions: readonly string[];
  /** Whether what a line of the file holds is a result at all. @default all are taken for one */
  isResult?: (value: unknown) => value is Result;
  /** Whether a line is of this run. */
  isOf(result: Result, run: Run): boolean;
  /** What a run is called. */
  nameOf(run: Run): string;
  /**
   * Checks the data of the runs that have no line yet, before the first begins.
   *
   * @throws {UserError} if any is at fault.
   */
  check?(runs: readonly Run[]): Promise<void>;
  /** Hears of each result when its line is written. @param waiting runs that have no line yet */
  tell?(result: Result, run: Run, waiting: number): void;
}

/** How it went, and all lines of the file, of other runs than those asked for, too. */
export interface Studied<Result> extends Worked {
  /** In the file's order. */
  readonly results: readonly Result[];
}

/**
 * Carries out the runs that have no line yet.
 *
 * @throws {UserError} if the file holds something else than results, or as `check` does.
 */
export async function runStudy<Run extends StudyRun, Result>(
  runs: readonly Run[],
  { file, script, permissions, isResult, isOf, nameOf, check, tell, ...work }: StudyOptions<Run, Result>,
): Promise<Studied<Result>> {
  const known = await readJsonLines(file, isResult);
  const todo = runs.filter((run) => !known.some((result) => isOf(result, run)));
  await check?.(todo); // before anything is made
  using lines = await JsonLines.open(file, isResult);
  let waiting = todo.length;
  const carryOut = async (run: Run, signal: AbortSignal) => {
    const doing = "running the study: every run must come to its end; the same command tries again";
    await removeAll(run.directory); // what trains there would go on from where it was, the rest of the run would not
    const printed = await Array.fromAsync(launch(script, run, { permissions, doing, where: nameOf(run), signal }));
    const result: Result = JSON.parse(printed.at(-1)!);
    await lines.add(result);
    await removeAll(run.directory);
    tell?.(result, run, --waiting);
  };
  return { ...await workThrough(todo, { ...work, carryOut }), results: [...lines.values] };
}

async function removeAll(directory: string): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
