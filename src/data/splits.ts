/**
 * Who trains on what: subjects dealt out to peers, and each peer's subjects to training, probe and test.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { CaseReference } from "./datasets/dataset.ts";
import { caseIds, compareSites, hasLabels, labelledInTurn, type Subject, subjectsOf } from "./subjects.ts";

/** One peer's cases, by id. The cases of a subject are all in `training`, all in `probe`, or all in `test`. */
export interface PeerSplit {
  /** Seen by pre-training, which looks at no label; the labelled cases are among them. */
  readonly training: readonly string[];
  /** The few of `training` whose labels fine-tuning may use. */
  readonly labelled: readonly string[];
  /** On which the representation's health is measured: seen by no training. */
  readonly probe: readonly string[];
  /** On which the segmentation is judged: labelled, seen by nothing before. Empty where nothing is fine-tuned. */
  readonly test: readonly string[];
}

/** Options of {@linkcode splitSubjects}. */
export interface SplitOptions {
  /** At least 1. */
  peers: number;
  /** Labelled cases a peer may use, at least 0; of as many subjects as possible. With none, nothing is tested. */
  labelled: number;
  /** The same seed draws the same split. */
  seed: number;
  /** Share of a peer's subjects to test on; at least one subject where there are labels. @default 0.25 */
  test?: number;
  /**
   * Share of a peer's subjects to probe; at least two subjects, since neighbours are sought among other people.
   * @default 0.15
   */
  probe?: number;
  /** Use at most so many of a peer's cases, whole subjects at a time. @default all */
  casesPerPeer?: number;
}

/** The fewest probe subjects with which "nearest among other people" means something. */
const LEAST_PROBES = 2;

/**
 * Splits by subject. A pure function of the cases (in any order) and the options.
 *
 * Where the dataset names sites, a peer is a site: with fewer peers than sites, some sites are drawn; with more, sites
 * are shared out, each peer staying within one. Without sites, subjects are dealt out at random.
 *
 * Where the dataset, or a site that it names, has no label at all, its peers pre-train only: nobody of theirs is
 * labelled or tested.
 *
 * @throws {UserError} if there are too few subjects, or too few with labels.
 */
export function splitSubjects(cases: readonly CaseReference[], options: SplitOptions): PeerSplit[] {
  const { peers, labelled, seed, test = 0.25, probe = 0.15, casesPerPeer = Infinity } = options;
  for (const [name, value, least] of [["peers", peers, 1], ["labelled", labelled, 0]] as const) {
    if (!(Number.isInteger(value) && value >= least)) {
      throw new UserError(`splitting the cases: the number must be an integer of at least ${least}`, {
        where: name,
        value,
      });
    }
  }
  for (const [name, value] of Object.entries({ test, probe })) {
    if (!(value >= 0 && value < 1)) throw new RangeError(`the share ${name} must lie in [0, 1), got ${value}`);
  }
  const rng = new Rng(seed);
  const subjects = subjectsOf(cases);
  return dealOut(subjects, peers, rng.fork("peers")).map((own, peer) => {
    // people who were dealt out at random are no site: that some of them have no label does not excuse a peer
    const counted = isBySite(subjects) ? subjects.filter(({ site }) => site === own[0]?.site) : subjects;
    const options = { labelled: counted.some(hasLabels) ? labelled : 0, test, probe, peer };
    return splitPeer(limit(own, casesPerPeer), { ...options, rng: rng.fork(`peer/${peer}`) });
  });
}

/** What {@linkcode splitOwn} is told. */
export type OwnSplitOptions = Omit<SplitOptions, "peers">;

/**
 * Splits the cases that are one peer's own, whatever sites its tables name: scanners, wards or houses of one hospital,
 * none of which is left out, and a person who was at several of them is one subject.
 *
 * @throws {UserError} as {@linkcode splitSubjects}.
 */
export function splitOwn(cases: readonly CaseReference[], options: OwnSplitOptions): PeerSplit {
  return splitSubjects(cases.map(({ site: _, ...reference }) => reference), { ...options, peers: 1 })[0];
}

/** Whether peers are sites: every subject has one, and there are several. */
function isBySite(subjects: readonly Subject[]): boolean {
  const sites = new Set(subjects.map(({ site }) => site));
  return sites.size > 1 && !sites.has(undefined);
}

/** The subjects of each peer, in random order. */
function dealOut(subjects: readonly Subject[], peers: number, rng: Rng): Subject[][] {
  const shuffled = rng.shuffle(subjects);
  const sites = [...new Set(subjects.map(({ site }) => site))];
  const hasSites = isBySite(subjects);
  const drawn = hasSites ? rng.shuffle(sites).slice(0, peers).sort((a, b) => compareSites(a!, b!)) : [undefined];
  const dealt: Subject[][] = Array.from({ length: peers }, () => []);
  drawn.forEach((site, position) => {
    const takers = dealt.filter((_, peer) => peer % drawn.length === position);
    const own = hasSites ? shuffled.filter((subject) => subject.site === site) : shuffled;
    own.forEach((subject, i) => takers[i % takers.length].push(subject));
  });
  return dealt;
}

/** The first subjects, as long as their cases keep within `most`. */
function limit(subjects: readonly Subject[], most: number): Subject[] {
  const kept: Subject[] = [];
  let count = 0;
  for (const subject of subjects) {
    if (count + subject.cases.length > most) continue;
    kept.push(subject);
    count += subject.cases.length;
  }
  return kept;
}

interface PeerOptions {
  labelled: number;
  test: number;
  probe: number;
  peer: number;
  rng: Rng;
}

function splitPeer(subjects: readonly Subject[], { labelled, test, probe, peer, rng }: PeerOptions): PeerSplit {
  const testCount = labelled === 0 ? 0 : Math.max(1, Math.round(test * subjects.length));
  const probeCount = Math.max(LEAST_PROBES, Math.round(probe * subjects.length));
  const who = subjects[0]?.site === undefined ? `peer ${peer + 1}` : `peer ${peer + 1} (site ${subjects[0].site})`;
  const least = testCount + probeCount + 1;
  if (subjects.length < least) {
    throw new UserError(
      `splitting the cases: ${who} needs at least ${least} subjects (${testCount} to test, ${probeCount} to probe, 1 to train)`,
      { value: subjects.length },
    );
  }
  const order = rng.shuffle(subjects);
  const testSubjects = order.filter(hasLabels).slice(0, testCount);
  const rest = order.filter((subject) => !testSubjects.includes(subject));
  // Probes need no labels, so people without them come first.
  const probeSubjects = [...rest.filter((subject) => !hasLabels(subject)), ...rest.filter(hasLabels)].slice(
    0,
    probeCount,
  );
  const trainSubjects = rest.filter((subject) => !probeSubjects.includes(subject));
  const chosen = labelledInTurn(trainSubjects, rng).slice(0, labelled);
  if (testSubjects.length < testCount || chosen.length < labelled) {
    const found = order.filter(hasLabels).length;
    throw new UserError(
      `splitting the cases: ${who} needs ${labelled} labelled case(s) to train and ${testCount} labelled subject(s) to test; with 0 labelled cases it pre-trains only`,
      { value: `${found} labelled subject(s) in all, ${chosen.length} labelled case(s) left to train` },
    );
  }
  return {
    training: caseIds(trainSubjects),
    labelled: chosen,
    probe: caseIds(probeSubjects),
    test: testSubjects.flatMap(({ cases }) => cases.filter(({ label }) => label !== undefined).map(({ id }) => id)),
  };
}
