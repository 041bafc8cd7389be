/**
 * A study from its runs to the page of its tables.
 *
 * @module
 */
import * as v from "valibot";
import deno from "../deno.json" with { type: "json" };
import { interruption } from "../src/cli/interruption.ts";
import { runStudy, type StudyOptions, type StudyRun } from "../src/studies/study.ts";
import type { Timed } from "./_run_process.ts";
import { requireWorked } from "./_worked.ts";

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];

/** What somebody wrote on a page from here on is kept. */
const MEANING = "## What it means";

/** What the page of a study needs of a result. */
export interface PageResult extends Timed {
  readonly seed: number;
  /** What it was computed with. */
  readonly engine: string;
}

/** What every result has, for those who tell whether a line is one. */
export const pageResult = Object.freeze({
  ...{ seed: v.number(), engine: v.string(), seconds: v.number(), endedAt: v.string() },
});

/** How a page was made. */
export interface Making {
  command: string;
  version: { syncytium: string; deno: string };
}

/** Options of {@linkcode studyToPage}. */
export interface StudyToPageOptions<Run extends StudyRun, Result>
  extends Pick<StudyOptions<Run, Result>, "file" | "script" | "parallel" | "isResult" | "isOf" | "nameOf" | "check"> {
  /** That was given, word for word. */
  command: readonly string[];
  /** Whose results are on the page; others stand in the file, too. */
  seeds: readonly number[];
  /** Flags of `deno run` that its runs need beside those to read, write and look about. @default [] */
  permissions?: readonly string[];
  /** Where the page goes. */
  page: string;
  /** The page, apart from what it means. */
  render(results: readonly Result[], making: Making): string;
}

/** Carries out the runs that have no line yet, and writes the page of all. @throws what `requireWorked` throws */
export async function studyToPage<Run extends StudyRun, Result extends PageResult>(
  runs: readonly Run[],
  { command, seeds, page, render, permissions = [], ...options }: StudyToPageOptions<Run, Result>,
): Promise<void> {
  using interrupted = interruption();
  const { signal } = interrupted;
  const studied = await runStudy<Run, Result>(runs, {
    ...{ ...options, permissions: [...PERMISSIONS, ...permissions], signal },
    tell: ({ seconds }, run, left) => console.log(`${options.nameOf(run)}: ${seconds.toFixed(0)} s, ${left} left`),
  });
  requireWorked(studied, { what: "the study", interrupted: signal });
  const chosen = studied.results.filter(({ seed }) => seeds.includes(seed));
  const version = { syncytium: deno.version, deno: Deno.version.deno };
  const tables = render(chosen, { command: command.join(" "), version });
  const [, meaning] = (await readText(page)).split(MEANING);
  await Deno.writeTextFile(page, tables + (meaning === undefined ? "" : `\n${MEANING}${meaning}`));
  console.log(`wrote ${page}`);
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** The seeds of some results, ascending. */
export function seedsOf(results: readonly PageResult[]): number[] {
  return [...new Set(results.map(({ seed }) => seed))].sort((a, b) => a - b);
}

/** The lines that say how a page was made. */
export function madeBy(results: readonly PageResult[], { command, version }: Making): string[] {
  const minutes = results.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  return [
    `Made by \`${command}\`, ended on ${results.map(({ endedAt }) => endedAt.slice(0, 10)).sort().at(-1)};`,
    `seeds ${seedsOf(results).join(", ")}; engine ${
      results[0].engine
    }, syncytium ${version.syncytium}, Deno ${version.deno};`,
    `${navigator.hardwareConcurrency} cores; ${minutes.toFixed(0)} min of processes' time in all.`,
  ];
}
