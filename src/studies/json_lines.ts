/**
 * A file of JSON values, one a line, that grows at its end and survives a `kill -9`: a line that was torn off is as if
 * it had not been begun.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { AppendingFile, readWholeLines } from "./appending_file.ts";

/** Of one type of value; nobody else writes to the file. */
export class JsonLines<Value> implements Disposable {
  readonly #file: AppendingFile;
  readonly #values: Value[];

  private constructor(file: AppendingFile, values: Value[]) {
    this.#file = file;
    this.#values = values;
  }

  /** Opens the file, or makes it. @throws {UserError} if a whole line is no JSON. */
  static async open<Value>(path: string): Promise<JsonLines<Value>> {
    const text = await readWholeLines(path);
    const values = text.split("\n").flatMap((line, i): Value[] => {
      if (line === "") return [];
      try {
        return [JSON.parse(line)];
      } catch (cause) {
        throw new UserError(`reading results: a line must be JSON: ${messageOf(cause)}`, {
          where: `${path}:${i + 1}`,
          cause,
        });
      }
    });
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
