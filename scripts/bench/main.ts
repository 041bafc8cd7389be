/**
 * Benchmarks by topic: `deno task bench engine [--json]`, `deno task bench network [--json]`.
 *
 * @module
 */

import { EXIT, runCommand, UsageError } from "../../src/cli/command.ts";

const topics: Readonly<Record<string, () => Promise<{ bench(args: string[]): Promise<void> }>>> = {
  engine: () => import("./engine.ts"),
  network: () => import("./network.ts"),
};

await runCommand(async () => {
  const [topic, ...rest] = Deno.args;
  if (topic === undefined || !Object.hasOwn(topics, topic)) {
    const known = Object.keys(topics).join(", ");
    throw new UsageError(`the topic of the benchmark must be one of ${known} (got: ${topic ?? "none"})`);
  }
  await (await topics[topic]()).bench(rest);
  Deno.exit(EXIT.ok);
});
