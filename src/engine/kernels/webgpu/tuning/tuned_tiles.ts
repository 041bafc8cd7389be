/**
 * Which tiles turned out fastest on a card, and the file that remembers it between runs: one a card, in the user's cache.
 *
 * @module
 */

import { join } from "@std/path";
import * as v from "valibot";
import { messageOf, UserError } from "../../../../core/errors.ts";
import { writeAtomically } from "../../../../core/files.ts";
import { type HaloTile, haloTiles } from "../halo_tiles.ts";

/** What a card's shaders are made by, as far as WebGPU tells; not the driver's version, which it does not. */
export interface CardKey {
  readonly vendor: string;
  readonly device: string;
  readonly architecture: string;
  readonly description: string;
  /** Deno's version, and with it that of its shader compiler. */
  readonly deno: string;
}

/** The key of an adapter. */
export function keyOf({ vendor, device, architecture, description }: GPUAdapterInfo): CardKey {
  return { vendor, device, architecture, description, deno: Deno.version.deno };
}

/** The fastest tile for workgroups of so many columns. */
export type TunedTiles = ReadonlyMap<number, HaloTile>;

const extents = v.tuple([v.number(), v.number(), v.number()]);
const fileSchema = v.strictObject({
  format: v.literal(1),
  card: v.strictObject({
    ...{ vendor: v.string(), device: v.string(), architecture: v.string(), description: v.string(), deno: v.string() },
  }),
  tiles: v.array(v.strictObject({ columns: v.number(), block: extents, rowsPerThread: v.number() })),
});

/** The folder of caches by the system's custom; undefined where the environment names none or may not be read. */
function cacheFolder(): string | undefined {
  const variable = (name: string) =>
    Deno.permissions.querySync({ name: "env", variable: name }).state === "granted" ? Deno.env.get(name) : undefined;
  if (Deno.build.os === "windows") return variable("LOCALAPPDATA");
  const home = variable("HOME");
  return variable("XDG_CACHE_HOME") || (home && join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache"));
}

/** Where the tiles of a card are kept; undefined where there is no such folder. */
export function tilesFile({ description, vendor, device, architecture }: CardKey, folder = cacheFolder()) {
  const words = [description, vendor, device, architecture].join(" ").toLowerCase().match(/[a-z0-9.]+/g) ?? ["card"];
  return folder ? join(folder, "syncytium", `webgpu-tiles-${words.join("-").slice(0, 120)}.json`) : undefined;
}

/** Reads what {@linkcode writeTiles} wrote. A file that is of no use is told of and left alone: the rule chooses then. */
export async function readTiles(
  card: CardKey,
  file: string | undefined,
  warn: (message: string) => void,
): Promise<TunedTiles> {
  const none: TunedTiles = new Map();
  if (!file || (await Deno.permissions.query({ name: "read", path: file })).state !== "granted") return none;
  const ignore = (why: string) => {
    warn(`engine webgpu: the tuned tiles are ignored, ${why}; deno task doctor --tune writes them anew: ${file}`);
    return none;
  };
  try {
    const read = v.safeParse(fileSchema, JSON.parse(await Deno.readTextFile(file)));
    if (!read.success) return ignore("the file is not one of tiles");
    const { card: of, tiles } = read.output;
    if (Object.entries(card).some(([name, value]) => of[name as keyof CardKey] !== value)) {
      return ignore("they are of another card or version of Deno");
    }
    const isKnown = ({ block, rowsPerThread }: HaloTile) =>
      haloTiles.some((tile) => `${tile.block}` === `${block}` && tile.rowsPerThread === rowsPerThread);
    if (!tiles.every(isKnown)) return ignore("one of them is not in this version's table");
    return new Map(tiles.map(({ columns, block, rowsPerThread }) => [columns, { block, rowsPerThread }]));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return none;
    return ignore(`the file cannot be read (${messageOf(error)})`);
  }
}

/** Keeps what was found fastest. @throws {UserError} if the file cannot be written. */
export async function writeTiles(card: CardKey, tiles: TunedTiles, file: string): Promise<void> {
  const rows = [...tiles].map(([columns, tile]) => ({ columns, ...tile }));
  try {
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await writeAtomically(file, JSON.stringify({ format: 1, card, tiles: rows }, null, 2) + "\n");
  } catch (cause) {
    throw new UserError(
      "keeping the tuned tiles: the folder for caches (XDG_CACHE_HOME, or .cache in HOME) must be " +
        `writable: ${messageOf(cause)}`,
      { where: file, cause },
    );
  }
}
