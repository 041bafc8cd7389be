/**
 * What a site's label files hold: a network learns no structure that none of the labelled cases has, and is not judged
 * on one that no test case has.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { LabelScheme } from "../datasets/dataset.ts";

/** What one label file holds. */
export interface CaseStructures {
  /** The case. */
  readonly id: string;
  /** The label file. */
  readonly label: string;
  /** The label values in it, without background and what nobody annotated. */
  readonly structures: Iterable<number>;
}

/** The cases of one site whose labels are used. */
export interface SiteStructures {
  /** For messages; absent where they need not tell sites apart. */
  readonly name?: string;
  /** To fine-tune with. */
  readonly labelled: readonly CaseStructures[];
  /** To test on; nothing is tested where no case is labelled. */
  readonly test: readonly CaseStructures[];
}

/** Options of {@linkcode checkStructures}. */
export interface CheckStructuresOptions {
  /** Whether the structures are to be found elsewhere, if none of these cases holds any. @default false */
  elsewhere?: boolean;
}

/** Names that a sentence bears. */
const NAMES = 8;

/**
 * Compares what the label files hold with the dataset's structures.
 *
 * @returns what is only suspicious, a sentence each, with the names of cases and structures
 * @throws {UserError} with the files, if no case of any site holds a structure, and there is none elsewhere.
 */
export function checkStructures(
  sites: readonly SiteStructures[],
  { labels }: LabelScheme,
  { elsewhere = false }: CheckStructuresOptions = {},
): string[] {
  if (labels.size === 0) return [];
  const used = sites.filter(({ labelled }) => labelled.length > 0).flatMap((
    { labelled, test },
  ) => [...labelled, ...test]);
  if (!elsewhere && used.length > 0 && used.every(isEmpty)) throw nothingToLearn(used, labels);
  return sites.flatMap(({ name, labelled, test }) => {
    if (labelled.length === 0) return [];
    const found = [
      ...remarks("labelled", labelled, labels, ["fine-tuning sees background only there", "it cannot be learnt here"]),
      ...remarks("test", test, labels, ["Dice says nothing there", "Dice says nothing of it"]),
    ];
    return name === undefined ? found : found.map((remark) => `${name}: ${remark}`);
  });
}

function nothingToLearn(used: readonly CaseStructures[], labels: LabelScheme["labels"]): UserError {
  const structures = [...labels].map(([value, name]) => `${value} ${name}`).join(", ");
  return new UserError(
    `checking the labels: at least one label file must hold a structure of the dataset (${structures}), or there is ` +
      "nothing to learn and nothing to judge",
    { where: listed([...new Set(used.map(({ label }) => label))]), value: "no structure" },
  );
}

/** Sentences about the cases of one use: which hold nothing, and what none holds; with what comes of each. */
function remarks(
  use: string,
  cases: readonly CaseStructures[],
  labels: LabelScheme["labels"],
  [ofEmpty, ofMissing]: readonly [string, string],
): string[] {
  const empty = cases.filter(isEmpty).map(({ id }) => id);
  const sentences: string[] = [];
  if (empty.length > 0) {
    const which = empty.length === 1 ? `the ${use} case ${empty[0]} holds` : `the ${use} cases ${listed(empty)} hold`;
    sentences.push(`${which} none of the dataset's structures: ${ofEmpty}`);
  }
  if (empty.length === cases.length) return sentences;
  const seen = new Set(cases.flatMap(({ structures }) => [...structures]));
  for (const [value, structure] of labels) {
    if (!seen.has(value)) sentences.push(`no ${use} case has the structure ${structure} (${value}): ${ofMissing}`);
  }
  return sentences;
}

function isEmpty({ structures }: CaseStructures): boolean {
  return [...structures].length === 0;
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES;
  return more > 0 ? `${names.slice(0, NAMES).join(", ")} and ${more} more` : names.join(", ");
}
