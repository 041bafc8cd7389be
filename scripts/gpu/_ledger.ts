/**
 * What the check has found, as lines of JSON and as a page of Markdown beside it: both whole after every finding.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { writeAtomically } from "../../src/core/files.ts";
import { JsonLines } from "../../src/studies/json_lines.ts";
import { pageOf } from "./_page.ts";
import type { Entry } from "./part.ts";

/** What all results of a folder have in common; its first line. */
export interface Conditions {
  readonly version: string;
  readonly adapter: string;
  readonly small: boolean;
}

type Line = Entry | { readonly conditions: Conditions };

/** The results of one folder. */
export class Ledger implements Disposable {
  readonly #out: string;
  readonly #lines: JsonLines<Line>;
  readonly #small: boolean;

  private constructor(out: string, lines: JsonLines<Line>, { small }: Conditions) {
    this.#out = out;
    this.#lines = lines;
    this.#small = small;
  }

  /**
   * Opens the folder's results, or begins them.
   *
   * @throws {UserError} if they were found under other conditions.
   */
  static async open(out: string, conditions: Conditions): Promise<Ledger> {
    await Deno.mkdir(out, { recursive: true });
    const lines = await JsonLines.open<Line>(join(out, "results.jsonl"));
    const [first] = lines.values;
    const ledger = new Ledger(out, lines, conditions);
    if (first === undefined) await lines.add({ conditions });
    else ledger.#requireSame("conditions" in first ? first.conditions : undefined, conditions);
    return ledger;
  }

  #requireSame(kept: Conditions | undefined, now: Conditions): void {
    for (const name of Object.keys(now) as (keyof Conditions)[]) {
      if (kept?.[name] === now[name]) continue;
      this.#lines[Symbol.dispose]();
      throw new UserError(
        `checking the card: the results in --out must have been found with the same ${name} (${kept?.[name]}); name ` +
          "another folder, or remove this one",
        { where: this.#out, value: now[name] },
      );
    }
  }

  /** The newest entry of every item, in the order in which items were first met. */
  get entries(): Entry[] {
    const newest = new Map<string, Entry>();
    for (const line of this.#lines.values) if (!("conditions" in line)) newest.set(`${line.part}\n${line.item}`, line);
    return [...newest.values()];
  }

  /** Whether an item has come to a result that is not to be found again. */
  isDone(part: string, item: string): boolean {
    return this.entries.some((entry) => entry.part === part && entry.item === item && entry.state === "passed");
  }

  /** Writes an entry down, and the page anew. */
  async add(entry: Entry): Promise<void> {
    await this.#lines.add(entry);
    await writeAtomically(join(this.#out, "results.md"), pageOf(this.entries, { small: this.#small }));
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }
}
