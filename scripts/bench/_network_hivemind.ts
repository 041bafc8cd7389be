/**
 * hivemind's averaging beside this mesh's, for `bench network`: the same vectors, the same number of processes.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import * as v from "valibot";
import { UserError } from "../../src/core/errors.ts";
import { lastLine } from "./measured_process.ts";
import type { NetworkFigure } from "./_network_figures.ts";

const SCRIPT = fromFileUrl(new URL("hivemind_mean.py", import.meta.url));

const answerSchema = v.object({ seconds: v.number(), rounds: v.number(), version: v.string() });

/**
 * From the first step until everybody's value is the mean, with hivemind's averager.
 *
 * @param options.rest seconds after everybody is ready, before the first step
 * @throws {UserError} if `python` has no hivemind, or its peers do not come to the mean.
 */
export async function hivemindMean(
  count: number,
  { python, values, rest }: { python: string; values: number; rest: number },
): Promise<NetworkFigure[]> {
  const { code, stdout, stderr } = await new Deno.Command(python, {
    args: ["-W", "ignore", SCRIPT, `${count}`, `${values}`, `${rest}`],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => lastLine(new TextDecoder().decode(bytes)) ?? "";
  if (code !== 0) {
    throw new UserError("measuring hivemind: PYTHON must name a Python that has it (pip install hivemind)", {
      value: `${python}: ${text(stderr)}`,
    });
  }
  const { seconds, rounds, version } = v.parse(answerSchema, JSON.parse(text(stdout)));
  const base = { case: `${count} processes, hivemind ${version}` };
  return [
    { ...base, metric: "time to the mean", value: seconds, unit: "s" },
    { ...base, metric: "rounds to the mean", value: rounds, unit: "" },
  ];
}
