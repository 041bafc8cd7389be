/**
 * A file of JSON values, one a line, that grows at its end and survives a `kill -9`: a line that was torn off is as if
 * it had not been begun.
 *
 * @module
 */
import { dirname } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { AppendingFile, readWholeLines } from "./appending_file.ts";

/** Whether what a line holds is a value; all are taken where it is left out. */
export type IsValue<Value> = (value: unknown) => value is Value;

/** Of one type of value; nobody else writes to the file. */
export class JsonLines<Value> implements Disposable {
  readonly #file: AppendingFile;
  readonly #values: Value[];

  private constructor(file: AppendingFile, values: Value[]) {
    this.#file = file;
    this.#values = values;
  }

  /** Opens the file, or makes it and its folder. @throws {UserError} as {@linkcode readJsonLines} does. */
  static async open<Value>(path: string, isValue?: IsValue<Value>): Promise<JsonLines<Value>> {
    const { text, values } = await readLines(path, isValue);
    await Deno.mkdir(dirname(path), { recursive: true });
    return new JsonLines(await AppendingFile.open(path, text), values);
  }

  /** In the order in which they were added. */
  get values(): readonly Value[] {
    return this.#values;
  }

  /** Adds a value, which is on the disk once this resolves. */
  async add(value: Value): Promise<void> {
    await this.#file.append(JSON.stringify(value) + "\n");
    this.#values.push(value);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/**
 * The values of the file, where nothing is made; none if it is absent.
 *
 * @throws {UserError} if a whole line is no JSON, or holds something else than a value.
 */
export async function readJsonLines<Value>(path: string, isValue?: IsValue<Value>): Promise<Value[]> {
  return (await readLines(path, isValue)).values;
}

async function readLines<Value>(
  path: string,
  isValue: IsValue<Value> = (value): value is Value => value !== undefined,
): Promise<{ text: string; values: Value[] }> {
  const text = await readWholeLines(path);
  const values = text.split("\n").flatMap((line, i): Value[] => {
    if (line === "") return [];
    const where = `${path}:${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new UserError(`reading results: a line must be JSON: ${messageOf(cause)}`, { where, cause });
    }
    if (isValue(value)) return [value];
    throw new UserError("reading results: a line must be a result as it was written; the file is of something else", {
      where,
    });
  });
  return { text, values };
}
