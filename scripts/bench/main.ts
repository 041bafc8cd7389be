/**
 * Benchmarks by topic: `deno task bench engine [--json]`.
 *
 * @module
 */

import { UserError } from "../../src/core/errors.ts";

const topics: Readonly<Record<string, () => Promise<{ bench(args: string[]): Promise<void> }>>> = {
  engine: () => import("./engine.ts"),
};

const [topic, ...rest] = Deno.args;
if (!(topic in topics)) {
  console.error(`error: the topic of the benchmark must be one of ${Object.keys(topics).join(", ")} (got: ${topic})`);
  Deno.exit(1);
}
try {
  await (await topics[topic]()).bench(rest);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  Deno.exit(1);
}
