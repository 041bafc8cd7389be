/**
 * Which case, or whose cases, a cell of a table names.
 *
 * @module
 */
import { caseId } from "../files.ts";

/** A case, as its layout found it. */
export interface FoundCase {
  /** Unique within the dataset; a file can be called so. */
  readonly id: string;
  /** Path of the image file, from the dataset's folder. */
  readonly image: string;
  /** Paths of all channels' files, likewise, where each has its own. */
  readonly images?: readonly string[];
  /** Frames of the image file, where these are the channels. */
  readonly frames?: number;
  /** Path of the label file, from the dataset's folder. */
  readonly label?: string;
  /** The person, where the layout tells. */
  readonly subject?: string;
  /** Set where a table must tell the person: two images of which it is open whether they show the same one. */
  readonly unclear?: readonly [string, string];
}

const fold = (name: string) => name.toLowerCase();
const withoutPrefix = (name: string) => name.replace(/^sub-/i, "");

/** A path as a name: in NFC, without folders before the dataset's, ending and `./`, with slashes of one kind. */
function nameOf(path: string): string {
  const plain = path.replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
  return plain.slice(0, plain.lastIndexOf("/") + 1).normalize() + caseId(plain);
}

/** Finds cases by what people call them. */
export class CaseNames {
  readonly #exact: ReadonlySet<string>;
  /** Ids by every other name, in small letters. */
  readonly #byName = new Map<string, Set<string>>();
  /** Ids by the person, and, of cases whose person is not known, by whatever their names begin with. */
  readonly #byPerson = new Map<string, Set<string>>();
  readonly #byBeginning = new Map<string, Set<string>>();

  constructor(cases: readonly FoundCase[]) {
    this.#exact = new Set(cases.map(({ id }) => id));
    for (const { id, image, subject } of cases) {
      const path = nameOf(image);
      const file = caseId(image);
      for (
        const name of [id, path, file, file.replace(/_0000$/, ""), withoutPrefix(id), ...(subject ? [subject] : [])]
      ) {
        add(this.#byName, fold(name), id);
      }
      if (subject !== undefined) add(this.#byPerson, fold(withoutPrefix(subject)), id);
      else for (const beginning of beginningsOf(fold(withoutPrefix(id)))) add(this.#byBeginning, beginning, id);
    }
  }

  /**
   * The ids of the cases that `cell` may name: by id, by the image's file with or without folder and ending, by the
   * person where the case is the only one, in whatever capitals.
   */
  find(cell: string): readonly string[] {
    if (this.#exact.has(cell)) return [cell];
    const path = nameOf(cell);
    const last = caseId(path);
    for (const name of [path, last, last.replace(/_0000$/, ""), withoutPrefix(last)]) {
      if (this.#exact.has(name)) return [name];
      const ids = this.#byName.get(fold(name));
      if (ids) return [...ids];
    }
    return [];
  }

  /** The ids of a person's cases: those whose subject it is, else those whose name is or begins with the person's. */
  ofPerson(cell: string): readonly string[] {
    const person = fold(withoutPrefix(cell));
    return [...this.#byPerson.get(person) ?? this.#byBeginning.get(person) ?? []];
  }
}

function add(idsBy: Map<string, Set<string>>, name: string, id: string): void {
  const ids = idsBy.get(name);
  if (ids) ids.add(id);
  else idsBy.set(name, new Set([id]));
}

/** What a name begins with, up to each underscore, and the name itself. */
function beginningsOf(name: string): string[] {
  const parts = name.split("_");
  return parts.map((_, i) => parts.slice(0, i + 1).join("_"));
}
