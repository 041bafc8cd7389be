/** Tuning measures a card to its end, tells of each width, and the next start takes what it kept. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { messageOf } from "../../../../../src/core/errors.ts";
import { startEngine } from "../../../../../src/engine/engine.ts";
import { tuneWebgpu } from "../../../../../src/engine/engines/webgpu.ts";
import { openDevice } from "../../../../../src/engine/kernels/webgpu/adapter.ts";
import { haloTiles } from "../../../../../src/engine/kernels/webgpu/halo_tiles.ts";

/** Why there is no software adapter; empty if there is one. */
const missing = await openDevice("software").then(({ device }) => (device.destroy(), ""), messageOf);

/** Runs `work` with caches in a folder of their own. */
async function withCache(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    await work(folder);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: `tuning on the software adapter comes to its end, and the next start takes its tiles${
    missing && ` (skipped: ${missing})`
  }`,
  ignore: missing !== "",
  fn: () =>
    withCache(async (folder) => {
      const told: number[] = [];
      const { tiles, file } = await tuneWebgpu("software", {
        extent: 4,
        onWidth({ channels, milliseconds, tried }) {
          assert(milliseconds > 0 && tried > 1, `${milliseconds} ms, ${tried} tiles`);
          told.push(channels);
        },
      });
      assertEquals([told, [...tiles.keys()]], [[8, 16, 32, 64], [8, 16, 32, 64]]);
      assert([...tiles.values()].every(({ block }) => haloTiles.some((tile) => `${tile.block}` === `${block}`)));
      assert(file.startsWith(join(folder, "syncytium", "webgpu-tiles-")), file);
      const warnings: string[] = [];
      const warn = (message: string) => warnings.push(message);
      await startEngine({ engine: "webgpu", adapter: "software", activations: "float16", warn });
      assertEquals(warnings.filter((message) => message.includes("tiles")), []);
    }),
});
