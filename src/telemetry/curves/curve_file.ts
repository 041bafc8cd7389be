/**
 * Curves as a file of comma-separated values that grows: a header, then a line a point (time, round, step, name,
 * value). A `kill -9` leaves at most one torn line at its end, which the next start cuts off.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CurveFile } from "./curve_file.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const file = CurveFile.open(`${directory}/curves.csv`);
 * file.append([{ time: Date.UTC(2026, 0, 2), round: 1, step: 30, name: "pretraining/loss", value: 2.5 }]);
 * file.close();
 * const lines = (await Deno.readTextFile(`${directory}/curves.csv`)).split("\n");
 * assertEquals(lines[1], "2026-01-02T00:00:00.000Z,1,30,pretraining/loss,2.5");
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { csvLine } from "../../core/csv_lines.ts";
import { UserError } from "../../core/errors.ts";
import type { CurvePoint } from "./points.ts";

/** The columns, in their order. */
export const CURVE_COLUMNS = ["time", "round", "step", "name", "value"] as const;

const HEADER = new TextEncoder().encode(csvLine(CURVE_COLUMNS));

/** Bytes that are read at a time, from the end, to find the last line feed. */
const PIECE = 4096;

/** A file of curves that is appended to. */
export class CurveFile {
  readonly #file: Deno.FsFile;
  #size: number;

  private constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens the file, or makes it; a torn line at its end is cut off.
   *
   * @throws {UserError} if another file is in its place.
   */
  static open(path: string): CurveFile {
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      const { size } = file.statSync();
      const begin = readAt(file, 0, Math.min(size, HEADER.length));
      if (!begin.every((byte, i) => byte === HEADER[i])) {
        const rule = `going on with the curves: the first line must be ${CURVE_COLUMNS.join(",")}; move the file away`;
        throw new UserError(rule, { where: path });
      }
      const whole = begin.length < HEADER.length ? 0 : wholeLines(file, size);
      file.truncateSync(whole);
      const curves = new CurveFile(file, whole);
      if (whole === 0) curves.#write(HEADER);
      return curves;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Adds lines; what an earlier call that failed has left behind is cut off first. */
  append(points: readonly CurvePoint[]): void {
    const lines = points.map(({ time, round, step, name, value }) =>
      csvLine([
        new Date(time).toISOString(),
        `${round ?? ""}`,
        `${step ?? ""}`,
        name.replaceAll(/[\r\n]/g, " "),
        `${value}`,
      ])
    );
    this.#write(new TextEncoder().encode(lines.join("")));
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  #write(bytes: Uint8Array): void {
    this.#file.truncateSync(this.#size);
    this.#file.seekSync(this.#size, Deno.SeekMode.Start);
    for (let written = 0; written < bytes.length;) written += this.#file.writeSync(bytes.subarray(written));
    this.#size += bytes.length;
  }
}

/** The length of the whole lines of a file of `size` bytes. */
function wholeLines(file: Deno.FsFile, size: number): number {
  for (let end = size; end > 0; end -= PIECE) {
    const from = Math.max(0, end - PIECE);
    const at = readAt(file, from, end - from).lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}

function readAt(file: Deno.FsFile, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  file.seekSync(from, Deno.SeekMode.Start);
  for (let read = 0; read < length;) {
    const count = file.readSync(bytes.subarray(read));
    if (count === null) return bytes.subarray(0, read);
    read += count;
  }
  return bytes;
}
