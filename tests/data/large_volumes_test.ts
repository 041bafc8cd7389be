/** Holds that no code of the rooms that see whole volumes makes a list of one JavaScript value a voxel. */
import { assertEquals } from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";

const SOURCE = fromFileUrl(new URL("../../src", import.meta.url));

/** Where volumes, patches and slices are worked on. */
const ROOMS = ["data", "segmentation", "engine/ops", "peer/report"];

/**
 * `Float32Array.from(values, f)` and kin: what is given is first made a list, which may have 2^27 entries at most; the
 * process ends there, without an error that could be caught. Of `{ length }` no list is made.
 */
const LISTS_VALUES = /\b(?:Float|BigInt|BigUint|Int|Uint)\d+(?:Clamped)?Array\.from\((?!\s*\{)/g;

async function* sourcesOf(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) yield* sourcesOf(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

Deno.test("typed arrays are made of others by a loop, by set or by their constructor, never by from", async () => {
  const found: string[] = [];
  for (const room of ROOMS) {
    for await (const path of sourcesOf(join(SOURCE, room))) {
      const code = (await Deno.readTextFile(path)).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      for (const [text] of code.matchAll(LISTS_VALUES)) found.push(`${relative(SOURCE, path)}: ${text}`);
    }
  }
  assertEquals(found, []);
});
