/**
 * Benchmarks by topic: `deno task bench engine [--json]`, `deno task bench network [--json]`.
 *
 * @module
 */

import { defineGroup } from "../../src/cli/flags/mod.ts";
import { benchEngine } from "./engine.ts";
import { benchNetwork } from "./network.ts";

/** The command. */
export const bench = defineGroup({
  name: "bench",
  does: "how fast the engines and the mesh are",
  commands: [benchEngine, benchNetwork],
});

if (import.meta.main) await bench.main();
