/**
 * A consortium of four small sites, real processes on phantoms, that a hardship befalls.
 *
 * @module
 */
import { join } from "@std/path";
import { writeConsortium } from "../../src/cli/consortium.ts";
import { Deadline } from "../../src/core/deadline.ts";
import { messageOf } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { scoreSite } from "../../src/display/site_scores.ts";
import { examine } from "./_examine.ts";
import { type HardshipName, hardshipOf } from "./_hardships.ts";
import { makeNetwork, mountDisk, paceHere } from "./_machine.ts";
import { TriedSite } from "./_site.ts";

/** Sites of a consortium. */
export const SITES = 4;

/** Cases of each. */
export const CASES_PER_SITE = 6;

/** Fine-tuning steps of each. */
const FINE_TUNE_STEPS = 4;

/** Settings with which a round takes half a second of a processor; all others are the defaults. */
const SMALL = {
  engine: { name: "wasm", threads: 1 },
  network: { baseFilters: 4, levels: 3, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
  pretrain: { volumes: 2 },
  fineTune: { steps: FINE_TUNE_STEPS },
  records: { curves: true },
};

/** The longest that a run may take, in seconds, beyond five times what the hardship does and its rounds. */
const LONGEST = 900;

/** The longest that a round may take in the mean, in seconds: as on a machine that has twenty times as much to do as it can. */
const SLOWEST_ROUND = 20;

/** What to try. */
export interface TrialOptions {
  readonly hardship: HardshipName;
  readonly seed: number;
  /** See `Hardship.seconds`. */
  readonly seconds: number;
  /** Of the phantoms. */
  readonly data: string;
  /** For the sites; it need not be there. */
  readonly directory: string;
}

/** What came of a site. */
export interface SiteOutcome {
  readonly code: number;
  readonly lives: number;
  readonly faults: readonly string[];
  /** Over its test cases and the labels; null where it left none. */
  readonly dice: number | null;
  /** Rounds in which it averaged with somebody. */
  readonly shared: number;
}

/** What came of a run. */
export interface Outcome {
  readonly rounds: number;
  /** What befell, such as "12 kills". */
  readonly befell: string;
  readonly engine: string;
  readonly sites: readonly SiteOutcome[];
  /** What is wrong with the run as a whole; none where it is a case of its hardship. */
  readonly faults: readonly string[];
}

/**
 * Runs a consortium to its end and examines what is left.
 *
 * @param interrupted ends it: its processes, networks and disks are gone when this throws the signal's reason.
 */
export async function tryOut(
  { hardship: name, seed, seconds, data, directory }: TrialOptions,
  interrupted?: AbortSignal,
): Promise<Outcome> {
  const { needs, preload, stays = false, configuration, befall, ...hardship } = hardshipOf(name);
  await using stack = new AsyncDisposableStack();
  const names = Array.from({ length: SITES }, (_, i) => `site-${i + 1}`);
  const rounds = hardship.rounds(seconds, paceHere(SITES));
  if (needs === "disk") stack.use(await mountDisk(join(directory, names[0])));
  const network = needs === "namespaces" ? stack.use(await makeNetwork(names)) : undefined;
  const { cases } = await openDataset(data);
  const splits = splitSubjects(cases, { peers: SITES, labelled: 2, seed });
  const written = await writeConsortium({
    ...{ directory, consortium: `tried ${crypto.randomUUID()}`, seed },
    sites: splits.map((split, i) => ({ name: names[i], split: { ...split, probe: [] } })), // health is not looked at
    ...(network && { addresses: names.map((_, i) => `/ip4/11.0.${i + 1}.2/tcp/4001`) }),
    shared: {
      ...{ ...SMALL, schedule: { rounds, stepsPerRound: 1, exchanges: 1 } },
      data: { directory: data, spacing: [4, 4, 4] },
    },
  });
  if (configuration) await changeSections(written[0].configuration, configuration);
  interrupted?.throwIfAborted();
  const sites = written.map((site, i) =>
    new TriedSite({
      ...{ ...site, log: join(directory, `${site.name}.log`) },
      ...(network && { before: network.at(site.name) }),
      ...(i === 0 && preload !== undefined && { preload, stays }),
    })
  );
  stack.defer(() => sites.forEach((site) => site.giveUp()));
  using limit = new Deadline(1000 * (LONGEST + 5 * seconds + SLOWEST_ROUND * rounds), "the run", interrupted);
  limit.signal.addEventListener("abort", () => sites.forEach((site) => site.giveUp()));
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, limit.signal]);
  const faults: string[] = [];
  const befalling = befall?.({ sites, network, seconds, rng: new Rng(seed).fork(name), signal }).catch((error) => {
    if (!over.signal.aborted) throw error;
    faults.push("all sites had ended before it was over");
    return "too late";
  });
  befalling?.catch(() => {}); // awaited below
  const endings = await Promise.all(sites.map(({ ended }) => ended));
  over.abort();
  const befell = await befalling?.catch((error) => (faults.push(messageOf(error)), "failed")) ?? NONE;
  interrupted?.throwIfAborted();
  if (limit.signal.aborted) faults.push("it was given up, since it did not come to its end");
  const outcomes = await Promise.all(sites.map(async (site, i): Promise<[SiteOutcome, string | undefined]> => {
    const lines = site.told.map((told) => `${JSON.stringify(told)}\n`);
    await Deno.writeTextFile(join(directory, `${site.name}.events.jsonl`), lines.join("")); // for whoever asks why
    const others = written.filter((_, other) => other !== i).map((other) => other.directory);
    const ended = { ...endings[i], name: site.name, peerId: site.peerId, directory: site.directory, told: site.told };
    const { faults, report } = await examine(ended, { rounds, fineTuneSteps: FINE_TUNE_STEPS, others });
    const tested = report?.dice.flatMap(({ method, perClass }) => method === "pretrained" ? [perClass] : []) ?? [];
    const engine = report && `${report.engine.name} (${report.engine.detail}, 1 thread)`;
    return [{
      ...{ code: endings[i].code, lives: site.lives, faults },
      dice: tested.length === 0 ? null : scoreSite(tested, Object.keys(tested[0])).mean,
      shared: report?.rounds.filter(({ partners }) => partners.length > 0).length ?? 0,
    }, engine];
  }));
  if (outcomes.every(([{ shared }]) => shared === 0)) faults.push("nobody averaged with anybody");
  return {
    ...{ rounds, befell, faults, sites: outcomes.map(([outcome]) => outcome) },
    engine: outcomes.at(-1)![1] ?? "none",
  };
}

async function changeSections(path: string, sections: Readonly<Record<string, object>>): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify({ ...JSON.parse(await Deno.readTextFile(path)), ...sections }));
}
