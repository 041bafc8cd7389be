/**
 * Files of charters, as those who keep them see the disk.
 *
 * @module
 */
import { type SmallFiles, smallFiles } from "../../core/small_files.ts";
import { readTextIfThere } from "../../core/text_files.ts";
import { CHARTER_LIMITS } from "./charter.ts";

/** Files of text that people may have written, by their paths. */
export interface CharterFiles extends Pick<SmallFiles, "write"> {
  /** What the file at `path` holds; undefined where there is none. @throws {UserError} if it cannot be read. */
  read(path: string): Promise<string | undefined>;
  /** Another text whenever the file at `path` has been written. @throws {Error} Deno's own, if it cannot be looked at. */
  stamp(path: string): Promise<string>;
  /** Makes a folder that only its owner reads, unless it is there. @throws {Error} Deno's own, if it cannot be made. */
  makeFolder(path: string): Promise<void>;
}

/** Those of this machine. */
export const charterFiles: CharterFiles = Object.freeze({
  write: smallFiles.write,
  read: (path: string) => readTextIfThere(path, { doing: "reading the charter", atMost: CHARTER_LIMITS.fileBytes }),
  async stamp(path: string): Promise<string> {
    const { mtime, size } = await Deno.stat(path);
    return `${mtime?.getTime()} ${size}`;
  },
  makeFolder: (path: string) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
});
