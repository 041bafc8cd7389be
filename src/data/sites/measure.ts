/**
 * What divisions that look at the data need to know of each subject.
 *
 * @module
 */
import { mean } from "../../core/statistics.ts";
import { channelFilesOf } from "../channels.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { readLabels } from "../labels/read.ts";
import { readStored, scaledPieces, type StoredVolume } from "../formats/read.ts";
import { subjectsOf } from "../subjects.ts";
import type { SubjectMeasures } from "./division.ts";

/**
 * Reads every image, of several channels the first one, and every label once. Label volumes are in voxels, not in mm^3, because a voxel size may have been lost;
 * they compare subjects of one acquisition protocol. Voxels that nobody annotated count in none.
 *
 * @throws {UserError} if a file cannot be read, or a label holds a value that is none of the dataset's.
 */
export async function measureSubjects(
  dataset: Pick<Dataset, "cases" | "labels" | "ignore">,
  options: { signal?: AbortSignal } = {},
): Promise<Map<string, SubjectMeasures>> {
  const result = new Map<string, SubjectMeasures>();
  for (const { id, cases: own } of subjectsOf(dataset.cases)) {
    const intensities: number[] = [], volumes: number[] = [];
    for (const { label, ...reference } of own) {
      const [{ path, frame }] = channelFilesOf(reference);
      intensities.push(meanOf(await readStored(path, { ...options, frame })));
      if (label === undefined) continue;
      const { data: labels } = await readLabels(label, dataset, { ...options, ignored: "background" });
      let labelled = 0;
      for (const value of labels) if (value !== 0) labelled++;
      volumes.push(labelled);
    }
    result.set(id, { intensity: mean(intensities), labelVolume: volumes.length === 0 ? null : mean(volumes) });
  }
  return result;
}

/** The mean over all voxels, of which those that are not finite count as 0. */
function meanOf(volume: StoredVolume): number {
  let sum = 0;
  for (const values of scaledPieces(volume)) for (const value of values) if (Number.isFinite(value)) sum += value;
  return sum / volume.stored.length;
}
