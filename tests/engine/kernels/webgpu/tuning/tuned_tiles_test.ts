/** The fastest tiles are found, kept by card, and taken where they fit; a file that is of no use is told of and left. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../../../src/core/errors.ts";
import { describeConvolution } from "../../../../../src/engine/kernels/convolution.ts";
import { chooseHalo, haloTiles, leastLimits } from "../../../../../src/engine/kernels/webgpu/halo_tiles.ts";
import { fastestTiles } from "../../../../../src/engine/kernels/webgpu/tuning/measure_tiles.ts";
import { readTiles, tilesFile, writeTiles } from "../../../../../src/engine/kernels/webgpu/tuning/tuned_tiles.ts";

const card = { vendor: "4318", device: "9000", architecture: "", description: "A Card (1)", deno: "2.9.6" };

Deno.test("of the tiles that fit, the fastest is found for each width", async () => {
  const tiles = await fastestTiles(
    (_, { rowsPerThread, columns }) => Promise.resolve(columns === 16 ? 1 / rowsPerThread : rowsPerThread),
    { limits: leastLimits, extent: 64 },
  );
  assertEquals([...tiles.keys()], [8, 16, 32, 64]);
  assertEquals([...tiles.values()].map(({ rowsPerThread }) => rowsPerThread), [2, 16, 2, 2]);
});

Deno.test("a measured tile is taken where it occupies a card, and the rule chooses where it does not", () => {
  const tuned = new Map([[32, haloTiles[3]]]);
  const of = (extent: number) =>
    describeConvolution([1, extent, extent, extent, 32], [3, 3, 3, 32, 32], { strides: 1, pad: "same" });
  const [large, small] = [of(96), of(8)];
  assert(chooseHalo(large, false)?.rowsPerThread !== haloTiles[3].rowsPerThread);
  assertEquals(chooseHalo(large, false, { tuned })?.rowsPerThread, haloTiles[3].rowsPerThread);
  assertEquals(chooseHalo(small, false, { tuned }), chooseHalo(small, false));
});

Deno.test("tiles are read as they were kept; a damaged, foreign or unknown file is ignored with one sentence", async () => {
  const folder = await Deno.makeTempDir();
  const file = tilesFile(card, folder)!;
  assertStringIncludes(file, "webgpu-tiles-a-card-1-4318-9000.json");
  const told: string[] = [];
  const read = () => readTiles(card, file, (message) => told.push(message));
  assertEquals((await read()).size, 0);
  assertEquals(told, [], "nothing was tuned, which is no fault");
  const tiles = new Map([[32, haloTiles[1]]]);
  await writeTiles(card, tiles, file);
  assertEquals(await read(), tiles);
  const text = await Deno.readTextFile(file);
  for (
    const [bad, why] of [
      [text.slice(0, 20), "the file cannot be read"],
      ["{}", "the file is not one of tiles"],
      [text.replace("2.9.6", "2.0.0"), "they are of another card or version of Deno"],
      [text.replace('"rowsPerThread": 16', '"rowsPerThread": 5'), "one of them is not in this version's table"],
    ]
  ) {
    told.length = 0;
    await Deno.writeTextFile(file, bad);
    assertEquals((await read()).size, 0);
    assertEquals(told.length, 1);
    assertStringIncludes(told[0], why);
    assertStringIncludes(told[0], file);
  }
  await assertRejects(
    () => writeTiles(card, tiles, tilesFile(card, file)!), // a file is where the folder should be
    UserError,
    "keeping the tuned tiles: the folder for caches (XDG_CACHE_HOME, or .cache in HOME) must be writable",
  );
  await Deno.remove(folder, { recursive: true });
});
