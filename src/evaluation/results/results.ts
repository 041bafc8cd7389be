/**
 * A folder of results that grows cell by cell and can be gone on with after a `kill -9` at any instant.
 *
 * `results.csv` has the rows, `curves.csv` those of tests on the way, if there were any, `cells.csv` the cells whose
 * rows are all there. A cell's rows are flushed to the disk
 * before its line in `cells.csv` is begun; when the folder is opened, torn lines and rows of cells that were not
 * finished are taken out, so that these cells are run again from the start.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cellId } from "../cell.ts";
 * import { Results } from "./results.ts";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   using results = await Results.open(directory);
 *   const cell = { method: "fcl", mode: "local", labelled: 2, fold: 0, seed: 11 } as const;
 *   const row = { ...cell, site: "north", case: "a", class: "myocardium", measures: { dice: 0.75 } };
 *   if (!results.finished.has(cellId(cell))) await results.add(cell, [row], { seconds: 60, bytes: 0, joules: null });
 *   assertEquals([...results.finished.keys()], ["fcl/local/n2/fold0/seed11"]);
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { type Cell, cellId } from "../cell.ts";
import { Turns } from "../../core/turns.ts";
import { AppendingFile, readWholeLines } from "../../studies/appending_file.ts";
import { CURVE_HEADER, type CurveRow, formatCurveRow, parseCurve } from "./curve.ts";
import { CELL_HEADER, type CellCost, type FinishedCell, formatFinished, parseFinished } from "./finished_cell.ts";
import { formatRow, parseRows, resultHeader, type ResultRow } from "./row.ts";

/** What stands in a folder of results. */
export interface ReadResults {
  /** Of finished cells only, in the order in which they were added. */
  readonly rows: readonly ResultRow[];
  /** Of the same cells, where they were tested on the way. */
  readonly curve: readonly CurveRow[];
  /** By cell id. */
  readonly finished: ReadonlyMap<string, FinishedCell>;
}

/**
 * Reads a folder of results without changing it.
 *
 * @throws {UserError} if a line is not as it was written, or a finished cell has more or fewer rows than it had.
 */
export async function readResults(directory: string): Promise<ReadResults> {
  const paths = pathsIn(directory);
  const cells = await readWholeLines(paths.cells);
  const finished = new Map(parseFinished(cells || CELL_HEADER, paths.cells).map((line) => [line.cell, line]));
  const text = await readWholeLines(paths.results);
  const rows = parseRows(text || resultHeader(), paths.results).filter((row) => finished.has(cellId(row)));
  const counts = Map.groupBy(rows, cellId);
  for (const { cell, rows: count } of finished.values()) {
    const found = counts.get(cell)?.length ?? 0;
    if (found !== count) {
      throw new UserError(`reading results: the finished cell ${cell} must have its ${count} rows`, {
        where: paths.results,
        value: found,
      });
    }
  }
  const curve = parseCurve(await readWholeLines(paths.curves) || CURVE_HEADER, paths.curves)
    .filter((row) => finished.has(cellId(row)));
  return { rows, curve, finished };
}

/** A folder of results that is open for more. One process at a time may have it open. */
export class Results implements ReadResults, Disposable {
  readonly #lock: Deno.FsFile;
  readonly #results: AppendingFile;
  readonly #cells: AppendingFile;
  readonly #turns = new Turns();
  readonly #curves: string;
  #curveFile: AppendingFile | undefined;
  readonly #rows: ResultRow[];
  readonly #curve: CurveRow[];
  readonly #finished: Map<string, FinishedCell>;

  private constructor(
    lock: Deno.FsFile,
    files: { results: AppendingFile; cells: AppendingFile; curves: string },
    read: ReadResults,
  ) {
    this.#lock = lock;
    this.#results = files.results;
    this.#cells = files.cells;
    this.#curves = files.curves;
    this.#rows = [...read.rows];
    this.#curve = [...read.curve];
    this.#finished = new Map(read.finished);
  }

  /**
   * Opens `directory`, which is made if it is not there, and takes out what a killed run has left unfinished.
   *
   * @throws {UserError} if another process has it open, or its files are not results (see {@linkcode readResults}).
   */
  static async open(directory: string): Promise<Results> {
    await Deno.mkdir(directory, { recursive: true });
    const paths = pathsIn(directory);
    const lock = await Deno.open(paths.lock, { write: true, create: true });
    try {
      if (!await lock.tryLock(true)) {
        throw new UserError("opening results: no other process may write to the folder", { where: directory });
      }
      const read = await readResults(directory);
      const results = await AppendingFile.open(paths.results, resultHeader() + read.rows.map(formatRow).join(""));
      const cells = await AppendingFile.open(
        paths.cells,
        CELL_HEADER + [...read.finished.values()].map(formatFinished).join(""),
      );
      return new Results(lock, { results, cells, curves: paths.curves }, read);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  get rows(): readonly ResultRow[] {
    return this.#rows;
  }

  get curve(): readonly CurveRow[] {
    return this.#curve;
  }

  get finished(): ReadonlyMap<string, FinishedCell> {
    return this.#finished;
  }

  /**
   * Adds a cell that has come to its end. Once this resolves, the cell survives whatever happens; if it does not, the
   * cell counts as not run.
   *
   * @throws {RangeError} if the cell is finished already, a row is not the cell's, or a figure is out of range.
   */
  add(
    cell: Cell,
    rows: readonly ResultRow[],
    cost: CellCost,
    { curve = [] }: { curve?: readonly CurveRow[] } = {},
  ): Promise<void> {
    // a failure takes back its own rows, nobody else's
    return this.#turns.take(() => this.#add(cell, rows, cost, curve));
  }

  async #add(
    cell: Cell,
    rows: readonly ResultRow[],
    cost: CellCost,
    curve: readonly CurveRow[],
  ): Promise<void> {
    const id = cellId(cell);
    if (this.#finished.has(id)) throw new RangeError(`a cell is added once, got ${id} again`);
    const stranger = [...rows, ...curve].find((row) => cellId(row) !== id);
    if (stranger !== undefined) throw new RangeError(`every row must be of the cell ${id}, got ${cellId(stranger)}`);
    const finished = { cell: id, rows: rows.length, ...cost };
    const text = rows.map(formatRow).join("");
    parseRows(resultHeader() + text, id);
    const line = formatFinished(finished);
    const before = { results: this.#results.size, curve: this.#curveFile?.size };
    try {
      await this.#addCurve(curve);
      await this.#results.append(text);
      await this.#cells.append(line);
    } catch (error) {
      this.#results.size = before.results;
      if (this.#curveFile) this.#curveFile.size = before.curve ?? CURVE_HEADER.length;
      throw error;
    }
    this.#rows.push(...rows);
    this.#curve.push(...curve);
    this.#finished.set(id, finished);
  }

  async #addCurve(curve: readonly CurveRow[]): Promise<void> {
    if (curve.length === 0) return;
    this.#curveFile ??= await AppendingFile.open(
      this.#curves,
      CURVE_HEADER + this.#curve.map(formatCurveRow).join(""), // what a killed run has left unfinished is taken out
    );
    await this.#curveFile.append(curve.map(formatCurveRow).join(""));
  }

  /** Closes the files and lets others open the folder. */
  [Symbol.dispose](): void {
    this.#results[Symbol.dispose]();
    this.#cells[Symbol.dispose]();
    this.#curveFile?.[Symbol.dispose]();
    this.#lock.close();
  }
}

function pathsIn(directory: string): { results: string; cells: string; curves: string; lock: string } {
  return {
    curves: join(directory, "curves.csv"),
    results: join(directory, "results.csv"),
    cells: join(directory, "cells.csv"),
    lock: join(directory, ".lock"),
  };
}
