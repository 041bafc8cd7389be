/**
 * Benchmarks by topic: `deno task bench engine [--json]`, `deno task bench network [--json]`,
 * `deno task bench peers`, `deno task bench predict`, `deno task bench volume`.
 *
 * @module
 */

import { defineGroup } from "../../src/cli/flags/mod.ts";
import { benchEngine } from "./engine.ts";
import { benchVolume } from "./large_volume.ts";
import { benchNetwork } from "./network.ts";
import { benchPeers } from "./peers.ts";
import { benchPredict } from "./predict.ts";

/** The command. */
export const bench = defineGroup({
  name: "bench",
  does: "how fast the engines and the mesh are, what a peer that waits takes, and a large volume",
  commands: [benchEngine, benchNetwork, benchPeers, benchPredict, benchVolume],
});

if (import.meta.main) await bench.main();
