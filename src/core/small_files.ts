/**
 * The small files that a program keeps between its lives, as those who keep them see the disk.
 *
 * @module
 */
import { writeAtomically } from "./files.ts";

/** Files of text, by their paths. */
export interface SmallFiles {
  /** What the file at `path` holds; undefined where there is none. @throws {Error} Deno's own, if it cannot be read. */
  read(path: string): Promise<string | undefined>;
  /** Puts `text` there, whole or not at all. @throws {Error} Deno's own, if it cannot be written. */
  write(path: string, text: string): Promise<void>;
  /** Another name. @throws {Error} Deno's own, if it cannot be renamed. */
  rename(from: string, to: string): Promise<void>;
}

/** Those of this machine. */
export const smallFiles: SmallFiles = Object.freeze({
  async read(path: string): Promise<string | undefined> {
    try {
      return await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  write: (path: string, text: string) => writeAtomically(path, text),
  rename: (from: string, to: string) => Deno.rename(from, to),
});
