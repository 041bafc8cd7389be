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

/** How the contract suite calls the engine that stores activations in 16 bits, after the card. */
const HALVES = ", activations in float16";

/** The tests' names that begin with the engine on this card, however it stores activations, as a regular expression. */
export function filterOf(card: string): string {
  return `/^webgpu \\(${RegExp.escape(card)}(${HALVES})?\\): /`;
}

/** What a test says, and of which way to store activations, if not the usual one. */
export function sentenceOf(name: string): string {
  const [, way, sentence] = /^webgpu \((.*?)\): (.*)$/s.exec(name) ?? ["", "", name];
  return way.endsWith(HALVES) ? `float16: ${sentence}` : sentence;
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
  const counts = { passed: 0, failed: 0, skipped: 0, halves: 0 };
  for await (const { name, state, why } of testsOf(silence.over(linesOf(child.stdout)))) {
    counts[state]++;
    const sentence = sentenceOf(name);
    if (sentence.startsWith("float16: ")) counts.halves++;
    await add({ item: `${suite}: ${sentence}`, state, says: why ?? "" });
  }
  const { code } = await child.status;
  signal.throwIfAborted();
  const { passed, failed, halves } = counts;
  const isToldByTests = code === 0 || (code === 1 && failed > 0); // a driver that ends the process has another code
  const fault = isToldByTests ? undefined : lastLine(await errors) ?? `exit code ${code}`;
  const of = halves > 0 ? `, ${halves} of them with activations in float16` : "";
  const says = fault ??
    (passed + failed === 0 ? "no test ran on this card" : `${passed} passed, ${failed} failed${of}`);
  await add({ item: suite, state: failed === 0 && passed > 0 && fault === undefined ? "passed" : "failed", says });
}

/** The part. */
export const contractPart: Part = {
  name: "contract",
  title: "Contract and agreement",
  note:
    "The suites that every engine passes, on this card, with activations in float32 and, where it has them, in float16. " +
    "A training step must give what the reference gives.",
  async run(context) {
    for (const suite of context.options.small ? SMALL : suites) {
      if (!context.passed(suite)) await runSuite(suite, context);
    }
  },
};
