/**
 * A file of whole lines that grows at its end, and that a `kill -9` leaves with at most one torn line there.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { Turns } from "../core/turns.ts";

/**
 * The file's whole lines as text: what follows the last line feed was torn off while it was written. Empty if absent.
 */
export async function readWholeLines(path: string): Promise<string> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(whole);
  } catch (cause) {
    throw new UserError("reading results: the file must be UTF-8 text", { where: path, cause });
  }
}

/** Appends to a file that nobody else writes. */
export class AppendingFile implements Disposable {
  readonly #file: Deno.FsFile;
  #size: number;
  readonly #turns = new Turns();

  private constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Makes the file hold `text`, if it does not yet, and opens it for more. */
  static async open(path: string, text: string): Promise<AppendingFile> {
    const bytes = new TextEncoder().encode(text);
    const size = await Deno.stat(path).then(({ size }) => size, () => undefined);
    if (size !== bytes.length || await Deno.readTextFile(path) !== text) await writeAtomically(path, bytes);
    return new AppendingFile(await Deno.open(path, { append: true }), bytes.length);
  }

  /** Bytes in use. Set back to what it was, the next append overwrites what came after. */
  get size(): number {
    return this.#size;
  }
  set size(size: number) {
    this.#size = size;
  }

  /**
   * Adds `text` and waits until it is on the disk; calls that overlap write in turn. What an earlier call that failed has
   * left behind is cut off first.
   */
  append(text: string): Promise<void> {
    return this.#turns.take(() => this.#append(text));
  }

  async #append(text: string): Promise<void> {
    await this.#file.truncate(this.#size);
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) written += await this.#file.write(bytes.subarray(written));
    await this.#file.sync();
    this.#size += bytes.length;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
