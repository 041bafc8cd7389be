/**
 * The results of `deno test --reporter=tap`, a test at a time.
 *
 * @module
 */

/** What came of one test. */
export interface TestResult {
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** The first line of the reason, where it failed. */
  readonly why?: string;
}

const LINE = /^(not )?ok \d+ - (.*?)( # SKIP.*)?$/;

/** The tests of the lines, each as soon as all of it is known. */
export async function* testsOf(lines: AsyncIterable<string>): AsyncGenerator<TestResult> {
  let failed: { name: string; why?: string } | undefined; // its reason follows, between --- and ...
  for await (const line of lines) {
    const found = LINE.exec(line);
    if (failed && (found || line.trim() === "...")) {
      yield { ...failed, state: "failed" };
      failed = undefined;
    }
    if (failed && line.trim().startsWith("{")) failed.why = whyOf(line);
    if (!found) continue;
    const [, not, name, skipped] = found;
    if (not) failed = { name };
    else yield { name, state: skipped ? "skipped" : "passed" };
  }
  if (failed) yield { ...failed, state: "failed" };
}

/** The first line of an error's message. */
function whyOf(json: string): string | undefined {
  try {
    return String(JSON.parse(json).message).split("\n")[0];
  } catch {
    return undefined; // torn off where the process was ended
  }
}
