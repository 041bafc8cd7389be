/**
 * A log that does not fill the disk: a file that is renamed when it is large, of which a fixed number is kept.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RotatingFile } from "./rotating_file.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const log = RotatingFile.open(`${directory}/peer.log`, { bytes: 10, files: 2 });
 * assertEquals(log.write("one line\n"), undefined);
 * assertEquals(log.write("another\n"), undefined); // peer.log.1 has the first
 * assertEquals(log.write("a third\n"), `${directory}/peer.log.1`); // which was deleted to make room
 * log.close();
 * assertEquals(await Deno.readTextFile(`${directory}/peer.log.1`), "another\n");
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

/** How large a file grows, and how many are kept. */
export interface RotatingFileOptions {
  /** The most that a file holds, unless one text alone is more. */
  bytes: number;
  /** The growing file and those before it; at least 1. */
  files: number;
}

/** Appends to the file that grows. */
export class RotatingFile {
  readonly #path: string;
  readonly #options: RotatingFileOptions;
  #file: Deno.FsFile;
  #size: number;

  private constructor(path: string, options: RotatingFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#file = openEnd(path);
    this.#size = this.#file.statSync().size;
  }

  /** Goes on with the file, or makes it; a line that its process was killed in ends first. */
  static open(path: string, options: RotatingFileOptions): RotatingFile {
    const log = new RotatingFile(path, options);
    try {
      if (!endsLine(log.#file, log.#size)) log.#append(Uint8Array.of(0x0a));
    } catch (error) {
      log.close();
      throw error;
    }
    return log;
  }

  /**
   * Appends `text`, to a new file where it does not fit into this one.
   *
   * @returns the file that had to make room and whose text is gone, if one had to.
   */
  write(text: string): string | undefined {
    const bytes = new TextEncoder().encode(text);
    const isFull = this.#size > 0 && this.#size + bytes.length > this.#options.bytes;
    const deleted = isFull ? this.#rotate() : undefined;
    this.#append(bytes);
    return deleted;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  #append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) {
      const count = this.#file.writeSync(bytes.subarray(written));
      written += count;
      this.#size += count;
    }
  }

  /** FILE becomes FILE.1, FILE.1 becomes FILE.2, and the last one goes. */
  #rotate(): string | undefined {
    const named = (number: number) => number === 0 ? this.#path : `${this.#path}.${number}`;
    const last = named(this.#options.files - 1);
    const isDeleted = removed(last);
    for (let number = this.#options.files - 2; number >= 0; number--) renamed(named(number), named(number + 1));
    // the old one stays open until there is a new one: what fails here is tried again with the next text
    const file = openEnd(this.#path);
    this.#file.close();
    this.#file = file;
    this.#size = file.statSync().size;
    return isDeleted ? last : undefined;
  }
}

const openEnd = (path: string) => Deno.openSync(path, { read: true, append: true, create: true });

/** Whether the last byte is a line feed, or there is none. */
function endsLine(file: Deno.FsFile, size: number): boolean {
  if (size === 0) return true;
  const last = new Uint8Array(1);
  file.seekSync(size - 1, Deno.SeekMode.Start);
  return file.readSync(last) !== 1 || last[0] === 0x0a;
}

/** Deletes a file, if it is there. @returns whether it was */
function removed(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Renames a file, if it is there. */
function renamed(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
