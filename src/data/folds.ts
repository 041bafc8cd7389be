/**
 * Cross-validation by person within each site: whom to train on, and whom to test.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { splitFolds } from "./folds.ts";
 *
 * const scan = (subject: string) => ({ id: subject, subject, site: "north", image: "image.nii", label: "label.nii" });
 * const folds = splitFolds(["a", "b", "c", "d", "e"].map(scan), { folds: 5, seed: 1 });
 * const [north] = folds[0];
 * assertEquals([north.site, north.training.length, north.test.length], ["north", 4, 1]);
 * ```
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { CaseReference } from "./datasets/dataset.ts";
import { caseIds, compareSites, hasLabels, labelledInTurn, type Subject, subjectsOf } from "./subjects.ts";

/**
 * One site's cases in one fold, by id. The cases of a subject are all in `training`, all in `probe`, or all in `test`.
 */
export interface FoldSplit {
  /** The site whose fold it is. */
  readonly site: string;
  /** Seen by pre-training, which looks at no label. */
  readonly training: readonly string[];
  /**
   * All labelled cases of `training`, in the order in which to use them: the first N are the N labelled cases, so that
   * fewer labels are always a part of more. One of every subject comes before a second of any.
   */
  readonly labelled: readonly string[];
  /** On which the representation's health is measured: seen by no training. */
  readonly probe: readonly string[];
  /**
   * On which the segmentation is judged: labelled, seen by nothing before. Over the folds, each case is tested once.
   */
  readonly test: readonly string[];
}

/** Options of {@linkcode splitFolds}. */
export interface FoldOptions {
  /** At least 2. */
  folds: number;
  /** The same seed draws the same folds. */
  seed: number;
  /**
   * Subjects a site and fold to probe; fewer than two tell nothing, since neighbours are sought among others. @default
   * 0
   */
  probe?: number;
  /**
   * Subjects a site on whom schedules are chosen: they may be trained on in every fold and are tested in none, so that
   * what was chosen on them has seen no test case. `development` gives them a cross-validation of their own. @default 0
   */
  held?: number;
  /** Split the `held` subjects instead of all others: the folds on which schedules are chosen. @default false */
  development?: boolean;
}

/**
 * The sites' cases in each fold. A pure function of the cases (in any order) and the options.
 *
 * @returns per fold, one split a site, sites in order
 * @throws {UserError} if a case has no site, or a site has too few subjects.
 */
export function splitFolds(cases: readonly CaseReference[], options: FoldOptions): FoldSplit[][] {
  const { folds, seed, probe = 0, held = 0, development = false } = options;
  for (const [name, value, least] of [["folds", folds, 2], ["probe", probe, 0], ["held", held, 0]] as const) {
    if (!(Number.isInteger(value) && value >= least)) {
      throw new UserError(`splitting into folds: the number must be an integer of at least ${least}`, {
        where: name,
        value,
      });
    }
  }
  const bySite = Map.groupBy(subjectsOf(cases), ({ id, site }) => {
    if (site !== undefined) return site;
    throw new UserError("splitting into folds: every subject must have a site", { where: id });
  });
  const rng = new Rng(seed).fork("folds");
  const sites = [...bySite.keys()].sort(compareSites).map((site) => {
    const own = rng.fork(`site/${site}`);
    const order = own.shuffle(bySite.get(site)!);
    // Only people with labels can be tested, so the others are never held and never tested.
    const labelled = order.filter(hasLabels);
    const chosen = labelled.slice(0, held);
    const tested = development ? chosen : labelled.slice(held);
    const always = development ? [] : order.filter((subject) => !tested.includes(subject));
    return splitSite(tested, always, { site, folds, probe, rng: own });
  });
  return Array.from({ length: folds }, (_, fold) => sites.map((own) => own[fold]));
}

interface SiteOptions {
  site: string;
  folds: number;
  probe: number;
  rng: Rng;
}

/** A site's folds: `tested` subjects are dealt out to be tested once each, `always` ones are trained on in all. */
function splitSite(tested: readonly Subject[], always: readonly Subject[], options: SiteOptions): FoldSplit[] {
  const { site, folds, probe, rng } = options;
  const least = tested.length - Math.ceil(tested.length / folds) + always.length;
  if (tested.length < folds || least <= probe) {
    throw new UserError(
      `splitting into folds: site ${site} needs a labelled subject for each of ${folds} folds, and one to train on beside ${probe} to probe`,
      { value: `${tested.length} to test, ${always.length} others` },
    );
  }
  return Array.from({ length: folds }, (_, fold) => {
    const own = rng.fork(`fold/${fold}`);
    const test = tested.filter((_, i) => i % folds === fold);
    const rest = own.shuffle([...tested.filter((_, i) => i % folds !== fold), ...always]);
    // Probes need no labels, so people without them come first.
    const probes = [...rest.filter((subject) => !hasLabels(subject)), ...rest.filter(hasLabels)].slice(0, probe);
    const training = rest.filter((subject) => !probes.includes(subject));
    return Object.freeze({
      site,
      training: caseIds(training),
      labelled: labelledInTurn(training, own),
      probe: caseIds(probes),
      test: test.flatMap(({ cases }) => cases.filter(({ label }) => label !== undefined).map(({ id }) => id)),
    });
  });
}
