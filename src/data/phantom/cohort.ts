/**
 * The embedded default data: a cohort of phantoms from several sites, written as real NIfTI files in the layout of the
 * Medical Segmentation Decathlon, to be read back through the same loader as patients' data.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { entryAt, writeAtomically } from "../../core/files.ts";
import { Rng } from "../../core/rng.ts";
import { writeNifti } from "../nifti/write.ts";
import { growAnatomy, PHANTOM_LABELS } from "./anatomy.ts";
import { scan } from "./render.ts";
import { buildScanner, CONTRASTS } from "./scanner.ts";

/** Options of {@linkcode writePhantomCohort}. */
export interface PhantomCohortOptions {
  /** The same seed writes the same cohort. @default 1 */
  seed?: number;
  /** Scanners, each with its own contrast, noise, bias field and resolution. @default 4 */
  sites?: number;
  /** Volumes of each site. @default 20 */
  casesPerSite?: number;
  /**
   * 1 or 2 channels: two are seen as by T1- and T2-weighted MR at every site, each in a file of its own as nnU-Net's
   * version 1 has them. @default 1
   */
  channels?: 1 | 2;
  /** Told after every case. */
  onCase?: (done: number, total: number) => void;
  /** Ends the writing. */
  signal?: AbortSignal;
}

/** What the description of every phantom cohort calls it. */
export const PHANTOM_DATASET = "Phantom";

/**
 * Writes dataset.json, sites.tsv, imagesTr and labelsTr into `directory`, which must not hold a dataset yet. Every case
 * is a person of its own; the same options give the same files. dataset.json is written last, so a folder that has one
 * is whole.
 *
 * @throws {UserError} if the folder cannot be written or already holds a dataset.
 */
export async function writePhantomCohort(directory: string, options: PhantomCohortOptions = {}): Promise<void> {
  const { seed = 1, sites = 4, casesPerSite = 20, channels = 1, onCase, signal } = options;
  if (!(Number.isInteger(sites) && sites >= 1 && Number.isInteger(casesPerSite) && casesPerSite >= 1)) {
    throw new RangeError(`a cohort has at least one site and one case a site, got ${sites} and ${casesPerSite}`);
  }
  await prepareFolder(directory);
  const rng = new Rng(seed);
  const rows: string[] = ["case\tpatient\tsite"];
  const training: { image: string; label: string }[] = [];
  for (let site = 0; site < sites; site++) {
    const of = (family?: number) => buildScanner(site, rng.fork(`scanner/${site}`), family);
    const scanners = channels === 1 ? [of()] : [of(0), of(1)];
    for (let number = 0; number < casesPerSite; number++) {
      signal?.throwIfAborted();
      const id = `phantom_${site + 1}${String(number).padStart(3, "0")}`;
      const own = rng.fork(`case/${site}/${number}`);
      const anatomy = growAnatomy(own.fork("anatomy"));
      const scans = scanners.map((scanner, repetition) => scan(anatomy, scanner, own.fork("scan"), { repetition }));
      for (const [channel, { image }] of scans.entries()) {
        const { datatype, slope, intercept } = scanners[channel];
        const name = channels === 1 ? id : `${id}_000${channel}`;
        await writeNifti(`${directory}/imagesTr/${name}.nii.gz`, image, { datatype, slope, intercept });
      }
      await writeNifti(`${directory}/labelsTr/${id}.nii.gz`, scans[0].label, { datatype: "uint8" });
      training.push({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` });
      rows.push(`${id}\t${id}\t${site + 1}`);
      onCase?.(training.length, sites * casesPerSite);
    }
  }
  await Deno.writeTextFile(`${directory}/sites.tsv`, rows.join("\n") + "\n");
  const description = {
    name: PHANTOM_DATASET,
    description: `Synthetic trunks from ${sites} sites, seed ${seed}`,
    tensorImageSize: "3D",
    modality: channels === 1 ? { "0": "synthetic" } : { "0": CONTRASTS[0], "1": CONTRASTS[1] },
    labels: Object.fromEntries([[0, "background"], ...PHANTOM_LABELS]),
    numTraining: training.length,
    numTest: 0,
    training,
    test: [],
  };
  await writeAtomically(`${directory}/dataset.json`, JSON.stringify(description, null, 1) + "\n");
}

async function prepareFolder(directory: string): Promise<void> {
  const existing = await entryAt(`${directory}/dataset.json`);
  if (existing) {
    throw new UserError("writing the phantom cohort: the folder already holds a dataset", { where: directory });
  }
  try {
    await Deno.mkdir(`${directory}/imagesTr`, { recursive: true });
    await Deno.mkdir(`${directory}/labelsTr`, { recursive: true });
  } catch (cause) {
    throw new UserError(`writing the phantom cohort: the folder must be writable: ${messageOf(cause)}`, {
      where: directory,
      cause,
    });
  }
}
