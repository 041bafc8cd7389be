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

type Line = Entry | { readonly conditions: Conditions } | { readonly card: string };

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

  /**
   * Notes which card it is that findings are of.
   *
   * @throws {UserError} if those in the folder are of another one.
   */
  async requireCard(card: string): Promise<void> {
    const known = this.#lines.values.find((line) => "card" in line)?.card;
    if (known === undefined) await this.#lines.add({ card });
    else if (known !== card) throw this.#refusal("card", known, card);
  }

  #refusal(name: string, known: unknown, now: unknown): UserError {
    return new UserError(
      `checking the card: the results in --out must have been found with the same ${name} (${known}); name ` +
        "another folder, or remove this one",
      { where: this.#out, value: now },
    );
  }

  #requireSame(kept: Conditions | undefined, now: Conditions): void {
    for (const name of Object.keys(now) as (keyof Conditions)[]) {
      if (kept?.[name] === now[name]) continue;
      this.#lines[Symbol.dispose]();
      throw this.#refusal(name, kept?.[name], now[name]);
    }
  }

  /** The newest entry of every item, in the order in which items were first met. */
  get entries(): Entry[] {
    const newest = new Map<string, Entry>();
    for (const line of this.#lines.values) if ("item" in line) newest.set(`${line.part}\n${line.item}`, line);
    return [...newest.values()];
  }

  /** What an item has come to, if that is not to be found again. */
  passed(part: string, item: string): Entry | undefined {
    return this.entries.find((entry) => entry.part === part && entry.item === item && entry.state === "passed");
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
