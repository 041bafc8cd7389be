/** A study whose runs count. */
import { fromFileUrl, join } from "@std/path";
import { runStudy, type Studied, type StudyOptions } from "../../src/studies/study.ts";

/** The count at which a run waits for ever, where it is one that halts. */
export const HALT = 5;

/** One that counts to `steps`, or fails there. */
export interface CountingRun {
  readonly directory: string;
  readonly number: number;
  readonly steps: number;
  readonly fails?: boolean;
  readonly halt?: number;
}

/** Of one run. */
export interface Counted {
  readonly number: number;
  readonly count: number;
  readonly square: number;
}

const RUN = fromFileUrl(new URL("fixtures/counting_run.ts", import.meta.url));

export const linesOf = (out: string) => join(out, "lines.jsonl");

/** What becomes of the runs. */
type CountingOptions = Partial<StudyOptions<CountingRun, Counted>> & {
  /** The numbers of those that fail. */
  fails?: readonly number[];
  /** The numbers of those that halt. */
  halts?: readonly number[];
};

/** Five runs. */
export function countingStudy(
  out: string,
  { fails = [], halts = [], ...options }: CountingOptions = {},
): Promise<Studied<Counted>> {
  const runs = [1, 2, 3, 4, 5].map((number) => ({
    ...{ number, steps: 25, fails: fails.includes(number) },
    ...(halts.includes(number) ? { halt: HALT } : {}),
    directory: join(out, `run-${number}`),
  }));
  return runStudy<CountingRun, Counted>(runs, {
    file: linesOf(out),
    script: RUN,
    permissions: ["--allow-read", "--allow-write"],
    isOf: (result, run) => result.number === run.number,
    nameOf: ({ number }) => `run ${number}`,
    parallel: 1,
    signal: new AbortController().signal,
    ...options,
  });
}
