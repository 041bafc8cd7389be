/** Every file of a site's data: what a peer checks at its start, and the voxels of each image besides. */
import { isUserError, messageOf } from "../../core/errors.ts";
import { imageFilesOf } from "../../data/channels.ts";
import type { CaseHeaders } from "../../data/checks/check.ts";
import { checkCases } from "../../data/checks/check_cases.ts";
import { neededMemory } from "../../data/checks/memory.ts";
import { readCaseHeaders } from "../../data/checks/headers.ts";
import type { CaseReference } from "../../data/datasets/dataset.ts";
import { dimsOf } from "../../data/nifti/header.ts";
import { summariseVolume } from "../../data/formats/summary.ts";
import { voxelCount } from "../../data/volume.ts";
import { formatCount } from "../../display/formats/count.ts";
import type { PeerConfiguration } from "../../peer/configuration.ts";
import { checkSite, checkSiteLabels, openSite, type SiteCases } from "../../peer/site_data.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, warning, fault } = findingsOf("data");

/** Files that are told one by one; of more, how many. */
const TOLD = 20;

const MEND =
  "mend the file or take the case out (docs/data.md says what a volume must be; deno task inspect shows one)";
const LOOK = "look at the files that are named; a training goes on with them";

/** What was found, and what the run needs for the data. */
export interface DataExamined {
  readonly findings: readonly Finding[];
  /** Bytes of memory; absent where a plan decides on it, or the data are at fault. */
  readonly memory?: number;
  /** Voxels of all test cases. */
  readonly tested: number;
}

/** Does `check`, whose refusals are faults and whose sentences are warnings. */
async function told(check: () => Promise<readonly string[]>): Promise<Finding[]> {
  try {
    return (await check()).map((sentence) => warning(sentence, LOOK));
  } catch (error) {
    if (!isUserError(error)) throw error;
    return [fault(messageOf(error), MEND)];
  }
}

/**
 * Looks at all of a site's data.
 *
 * @param isPlanned spacing and patch follow from a plan that is not made yet
 */
export async function examineData(
  configuration: PeerConfiguration,
  { isPlanned }: { isPlanned: boolean },
): Promise<DataExamined> {
  let site: SiteCases;
  try {
    site = await openSite(configuration);
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { findings: [fault(messageOf(error), "docs/data.md says how volumes are laid out")], tested: 0 };
  }
  const { training, labelled, probe, test } = site.references;
  const cases = [...new Map([...training, ...probe, ...test].map((one) => [one.id, one])).values()];
  const headers = await told(async () =>
    isPlanned ? (await checkCases(cases)).warnings : await checkSite(site, configuration)
  );
  const labels = await told(() => checkSiteLabels(site, configuration));
  const images = await imageFindings(cases);
  const isSound = [...headers, ...labels, ...images].every(({ level }) => level !== "fault");
  const uses = [
    `${training.length} to train, ${labelled.length} of them labelled`,
    `${probe.length} to probe`,
    `${test.length} to test`,
  ];
  const says = `${formatCount(cases.length, "case")} can be read: ${uses.join(", ")}`;
  return {
    findings: [...(isSound ? [ok(says)] : []), ...headers, ...labels, ...images],
    ...(isSound ? await needsOf(site, cases, { configuration, isPlanned }) : { tested: 0 }),
  };
}

async function needsOf(
  { dataset, references: { test } }: SiteCases,
  cases: readonly CaseReference[],
  { configuration: { data, network, fineTune }, isPlanned }: { configuration: PeerConfiguration; isPlanned: boolean },
): Promise<Pick<DataExamined, "memory" | "tested">> {
  const tested = new Set(test.map(({ id }) => id));
  const all: CaseHeaders[] = [];
  let voxels = 0;
  for (const reference of cases) {
    const headers = await readCaseHeaders(reference);
    if (tested.has(reference.id)) voxels += voxelCount(dimsOf(headers.image));
    all.push(headers);
  }
  if (isPlanned) return { tested: voxels };
  const context = {
    plan: data,
    patch: network.patch,
    classes: dataset.labels.size + 1,
    softLabels: fineTune.softLabels,
  };
  return { memory: neededMemory(all, context), tested: voxels };
}

/** Reads the voxels of each image. */
async function imageFindings(cases: readonly CaseReference[]): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const path of new Set(cases.flatMap(imageFilesOf))) {
    try {
      const { min, max, notFinite: { nan, plusInfinity, minusInfinity } } = await summariseVolume(path);
      const odd = nan + plusInfinity + minusInfinity;
      if (odd > 0) found.push(warning(`${path}: ${formatCount(odd, "voxel")} hold no finite number`, LOOK));
      if (min !== null && min === max) found.push(warning(`${path}: every voxel holds ${min}`, MEND));
    } catch (error) {
      if (!isUserError(error)) throw error;
      found.push(fault(messageOf(error), MEND));
    }
  }
  if (found.length <= TOLD) return found;
  const { level } = found.slice(TOLD).find(({ level }) => level === "fault") ?? found[TOLD];
  const rest = `${found.length - TOLD} more files are likewise`;
  return [...found.slice(0, TOLD), level === "fault" ? fault(rest, MEND) : warning(rest, LOOK)];
}
