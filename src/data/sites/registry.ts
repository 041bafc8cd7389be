/**
 * The ways to make sites by name: a new one is one new file and one line here.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { Rng } from "../../core/rng.ts";
import type { CaseReference } from "../datasets/dataset.ts";
import { subjectsOf } from "../subjects.ts";
import type { Division, SubjectMeasures } from "./division.ts";
import { intensity } from "./intensity.ts";
import { labelVolume } from "./label_volume.ts";
import { quantity } from "./quantity.ts";
import { random } from "./random.ts";
import { size } from "./size.ts";

/** Every division; "label-volume", "quantity" draw from Dirichlet's distribution, "intensity" and "size" sort. */
export const divisions = Object.freeze({
  random,
  intensity,
  size,
  quantity,
  "label-volume": labelVolume,
}) satisfies Readonly<Record<string, Division>>;

/** A way to make sites. */
export type DivisionName = keyof typeof divisions;

/** Options of {@linkcode makeSites}. */
export interface MakeSitesOptions {
  /** How subjects are dealt. */
  division: DivisionName;
  /** At least 1. */
  sites: number;
  /** The same seed makes the same sites. */
  seed: number;
  /** Dirichlet's alpha, above 0: 0.1 gives very unlike sites, 100 almost equal ones. @default 0.5 */
  alpha?: number;
  /** Subjects that every site must have; drawn divisions are drawn again until it is so. @default 1 */
  least?: number;
  /** By subject, for divisions that look at the data; see `measureSubjects`. */
  measures?: ReadonlyMap<string, SubjectMeasures>;
}

/** How often a division is drawn before it is given up. */
const DRAWS = 1000;

/**
 * The cases with sites of our own making, "1", "2", …, whatever sites they had. A pure function of the cases (in any
 * order) and the options; all cases of a subject are at one site.
 *
 * @throws {UserError} if there are too few subjects, a measure is missing, or no draw gives every site `least`
 * subjects.
 */
export function makeSites(cases: readonly CaseReference[], options: MakeSitesOptions): CaseReference[] {
  const { division, sites, seed, alpha = 0.5, least = 1, measures } = options;
  if (!(alpha > 0 && alpha < Infinity)) {
    throw new UserError("making sites: alpha must be a positive number", { where: "alpha", value: alpha });
  }
  for (const [name, value] of Object.entries({ sites, least })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new UserError("making sites: the number must be an integer of at least 1", { where: name, value });
    }
  }
  const subjects = subjectsOf(cases.map(({ site: _, ...reference }) => reference)).map(({ id }) => id);
  if (subjects.length < sites * least) {
    throw new UserError(`making sites: ${sites} sites of ${least} need ${sites * least} subjects`, {
      value: subjects.length,
    });
  }
  const measuresOf = (subject: string) => {
    const found = measures?.get(subject);
    if (found !== undefined) return found;
    throw new UserError(`making sites: the division ${division} needs measures of every subject`, { where: subject });
  };
  const rng = new Rng(seed).fork("sites");
  for (let draw = 0; draw < DRAWS; draw++) {
    const dealt = divisions[division].divide(subjects, { sites, alpha, measuresOf, rng: rng.fork(`draw/${draw}`) });
    if (dealt.some((own) => own.length < least)) continue;
    const siteOf = new Map(dealt.flatMap((own, site) => own.map((subject) => [subject, String(site + 1)] as const)));
    return cases.map((reference) => ({ ...reference, site: siteOf.get(reference.subject)! }));
  }
  throw new UserError(`making sites: none of ${DRAWS} draws gave each of ${sites} sites ${least} subjects`, {
    where: "alpha",
    value: alpha,
  });
}
