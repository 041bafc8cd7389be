/** What the disk of a machine in memory holds, through all lives of its processes. */
import type { SmallFiles } from "../../../src/core/small_files.ts";
import type { CharterFiles } from "../../../src/mesh/charter/charter_files.ts";

/** Small files, and those of charters. */
export class MemoryFiles implements SmallFiles, CharterFiles {
  readonly #files = new Map<string, { text: string; stamp: number }>();
  #written = 0;
  /** Whether nothing more can be written. */
  isFull = false;

  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.#files.get(path)?.text);
  }

  write(path: string, text: string): Promise<void> {
    if (this.isFull) return Promise.reject(new Error("no space is left on the disk"));
    this.put(path, text);
    return Promise.resolve();
  }

  rename(from: string, to: string): Promise<void> {
    this.put(to, this.#files.get(from)?.text ?? "");
    this.remove(from);
    return Promise.resolve();
  }

  stamp(path: string): Promise<string> {
    const file = this.#files.get(path);
    return file ? Promise.resolve(`${file.stamp}`) : Promise.reject(new Deno.errors.NotFound(path));
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  /** Puts a file there from outside, whatever the disk has room for. */
  put(path: string, text: string): void {
    this.#files.set(path, { text, stamp: ++this.#written });
  }

  /** Takes a file away from outside. */
  remove(path: string): void {
    this.#files.delete(path);
  }
}
