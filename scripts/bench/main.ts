/**
 * Benchmarks by topic: `deno task bench engine [--json]`.
 *
 * @module
 */

const topics: Readonly<Record<string, () => Promise<{ bench(args: string[]): Promise<void> }>>> = {
  engine: () => import("./engine.ts"),
};

const [topic, ...rest] = Deno.args;
if (!(topic in topics)) {
  console.error(`error: the topic of the benchmark must be one of ${Object.keys(topics).join(", ")} (got: ${topic})`);
  Deno.exit(1);
}
await (await topics[topic]()).bench(rest);
