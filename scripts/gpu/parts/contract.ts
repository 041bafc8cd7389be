/**
 * The engines' contract suite and the agreement of a training step with the reference, on the card.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { lastLine, linesOf } from "../../bench/measured_process.ts";
import { testsOf } from "../_tap.ts";
import type { Context, Part } from "../part.ts";
import { Silence } from "../silence.ts";
import { suites } from "../suites.ts";

const ROOT = fromFileUrl(new URL("../../../", import.meta.url));

/** What a rehearsal runs of them. */
const SMALL = ["tests/engine/optimiser_test.ts"];

/** The tests' names that begin with the engine on this card, as a regular expression. */
export function filterOf(card: string): string {
  return `/^webgpu \\(${RegExp.escape(card)}\\): /`;
}

/** Runs a suite and writes every test down. */
async function runSuite(suite: string, context: Context): Promise<void> {
  const { options, signal, add } = context;
  const filter = filterOf(await context.card());
  using silence = new Silence(options.silence, signal);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--no-check", "--no-prompt", "--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"]
      .concat("--reporter=tap", "--filter", filter, suite),
    ...{ cwd: ROOT, env: { NO_COLOR: "1" }, stdin: "null", stdout: "piped", stderr: "piped", signal: silence.signal },
  }).spawn();
  const errors = new Response(child.stderr).text();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { name, state, why } of testsOf(silence.over(linesOf(child.stdout)))) {
    counts[state]++;
    const sentence = name.replace(/^webgpu \(.*?\): /, "");
    await add({ item: `${suite}: ${sentence}`, state, says: why ?? "" });
  }
  const { code } = await child.status;
  signal.throwIfAborted();
  const { passed, failed } = counts;
  const isToldByTests = code === 0 || (code === 1 && failed > 0); // a driver that ends the process has another code
  const fault = isToldByTests ? undefined : lastLine(await errors) ?? `exit code ${code}`;
  const says = fault ?? (passed + failed === 0 ? "no test ran on this card" : `${passed} passed, ${failed} failed`);
  await add({ item: suite, state: failed === 0 && passed > 0 && fault === undefined ? "passed" : "failed", says });
}

/** The part. */
export const contractPart: Part = {
  name: "contract",
  title: "Contract and agreement",
  note: "The suites that every engine passes, on this card. A training step must give what the reference gives.",
  async run(context) {
    for (const suite of context.options.small ? SMALL : suites) {
      if (!context.passed(suite)) await runSuite(suite, context);
    }
  },
};
