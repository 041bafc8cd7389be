/**
 * Files and folders that are either old or new, never half written, and files that take nobody's place.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";

/** Options of {@linkcode writeAtomically}. */
export interface WriteAtomicallyOptions {
  /** Permission bits of the new file. @default {0o644} */
  mode?: number;
}

/**
 * Writes beside `path`, flushes to the disk and renames: whenever the process or the machine dies, `path` holds the old
 * bytes or the new ones. Nothing is left behind where writing fails.
 *
 * @param data all of it, or its pieces in their order, for what is too large to be in memory as a whole
 */
export async function writeAtomically(
  path: string,
  data: Uint8Array | string | AsyncIterable<Uint8Array>,
  options: WriteAtomicallyOptions = {},
): Promise<void> {
  const { mode = 0o644 } = options;
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    using file = await Deno.open(aside, { write: true, createNew: true, mode });
    const whole = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const pieces = whole instanceof Uint8Array ? [whole] : whole;
    for await (const bytes of pieces) {
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    }
    await file.sync();
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside).catch(() => {});
    throw error;
  }
}

/**
 * Writes a file that must not be there yet, whoever else writes at the same time. Nothing is left behind where writing
 * fails.
 *
 * @throws {Deno.errors.AlreadyExists} if it is there.
 */
export async function writeNew(path: string, data: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  try {
    const bytes = new TextEncoder().encode(data);
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    await file.sync();
  } catch (error) {
    await Deno.remove(path).catch(() => {});
    throw error;
  }
}

/** Options of {@linkcode entryAt}. */
export interface EntryAtOptions {
  /** Whether a link stands for what it leads to. @default true */
  follow?: boolean;
}

/**
 * What lies at `path`; undefined where nothing does.
 *
 * @throws {Error} Deno's own, where it cannot be known: a permission that is missing must not be taken for a file that is.
 */
export async function entryAt(
  path: string,
  { follow = true }: EntryAtOptions = {},
): Promise<Deno.FileInfo | undefined> {
  try {
    return await (follow ? Deno.stat(path) : Deno.lstat(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** What {@linkcode replaceFolder} puts after a folder's name while it works. */
const ASIDE = /^\.[0-9a-f]{8}\.(tmp|old)$/;

/**
 * Makes a folder anew, whether or not it is there: all is written beside it, then takes its place. Where the process
 * dies between the two renames, the earlier folder lies beside under a name that ends in `.old`, until the next call.
 * Nothing is left behind where writing fails.
 *
 * @param fill writes what the folder holds into the new folder that it is given
 */
export async function replaceFolder(path: string, fill: (aside: string) => Promise<void>): Promise<void> {
  const own = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  const [aside, former] = [`${own}.tmp`, `${own}.old`];
  try {
    await Deno.mkdir(aside, { recursive: true });
    await fill(aside);
    const isThere = await renamed(path, former);
    try {
      await Deno.rename(aside, path);
    } catch (error) {
      if (isThere) await Deno.rename(former, path);
      throw error;
    }
  } catch (error) {
    await Deno.remove(aside, { recursive: true }).catch(() => {});
    throw error;
  }
  for (const { name } of await Array.fromAsync(Deno.readDir(dirname(path)))) {
    const isLeft = name.startsWith(basename(path)) && ASIDE.test(name.slice(basename(path).length));
    if (isLeft) await Deno.remove(join(dirname(path), name), { recursive: true });
  }
}

/** Renames `from`, if it is there. @returns whether it was */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
