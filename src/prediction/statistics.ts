/**
 * How large the structures of a prediction are, and how bright their image is there.
 *
 * @module
 */
import { stringify } from "@std/csv/stringify";
import { axisMapOf, mapThrough } from "../data/affine.ts";
import { imageFilesOf } from "../data/channels.ts";
import { placeOfChannel } from "../data/checks/same_place.ts";
import type { CaseReference } from "../data/datasets/dataset.ts";
import { readFrames, readStored, type StoredVolume } from "../data/formats/read.ts";
import { layoutBy, type RasLayout, rasLayout, readPlane } from "../data/orient.ts";
import { type Plan, plannedSpacing } from "../data/plan.ts";
import type { LabelVolume } from "../data/restore.ts";

/** One structure of one case. */
export interface StructureStatistics {
  /** Its id. */
  readonly case: string;
  /** Its value in the prediction. */
  readonly value: number;
  /** Its name. */
  readonly name: string;
  /** Voxels of the file that it takes. */
  readonly voxels: number;
  /** Its volume. */
  readonly millilitres: number;
  /** Mean of the file's own values there, by channel, of those that are finite; null where there is none. */
  readonly means: readonly (number | null)[];
}

/** What the figures depend on. */
export interface StatisticsOptions {
  /** Names by label value. */
  readonly labels: ReadonlyMap<number, string>;
  /** Which says the voxel size of files that have lost it. */
  readonly plan: Plan;
  /** Gives up reading. */
  signal?: AbortSignal;
}

/** Measures every structure of the labels, by value, in a prediction on the grid of its case's image. */
export async function measureStructures(
  reference: CaseReference,
  prediction: Pick<LabelVolume, "data" | "dims" | "spacing" | "affine">,
  { labels, plan, signal }: StatisticsOptions,
): Promise<StructureStatistics[]> {
  const { dims, spacing, affine } = prediction;
  const size = plannedSpacing(dims, spacing, plan).reduce((product, extent) => product * extent, 1); // mm³
  const layout = rasLayout(affine, dims);
  const voxels = new Map<number, number>();
  for (const value of prediction.data) if (value !== 0) voxels.set(value, (voxels.get(value) ?? 0) + 1);
  const means: Map<number, number | null>[] = [];
  for await (const channel of channelsOf(reference, layout, signal)) {
    means.push(meansOf(channel, { data: prediction.data, layout }));
  }
  return [...labels].sort(([a], [b]) => a - b).map(([value, name]) => {
    const count = voxels.get(value) ?? 0;
    return {
      ...{ case: reference.id, value, name },
      voxels: count,
      millilitres: count * size / 1000,
      means: means.map((of) => of.get(value) ?? null),
    };
  });
}

/** A channel's volume and how it is stored, seen in RAS. */
interface StoredChannel {
  volume: StoredVolume;
  layout: RasLayout;
}

/** One after another: only one file is in memory. */
async function* channelsOf(
  reference: CaseReference,
  layout: RasLayout,
  signal?: AbortSignal,
): AsyncGenerator<StoredChannel, void, void> {
  const [first, ...others] = imageFilesOf(reference);
  const volumes = (reference.frames ?? 1) > 1
    ? await readFrames(first, { signal })
    : [await readStored(first, { signal })];
  const { dims, spacing, affine, forms } = volumes[0];
  for (const volume of volumes) yield { volume, layout };
  volumes.length = 0;
  for (const path of others) {
    const volume = await readStored(path, { signal });
    const { map } = placeOfChannel({ dims, spacing, affine, forms }, volume, { first, where: path });
    yield { volume, layout: layoutBy(mapThrough(map, axisMapOf(affine)), volume.dims) };
  }
}

/** The mean of a channel's finite values where the prediction has each value but 0. */
function meansOf(
  { volume, layout }: StoredChannel,
  prediction: { data: LabelVolume["data"]; layout: RasLayout },
): Map<number, number | null> {
  const area = layout.dims[0] * layout.dims[1];
  const values = new Float32Array(area), labels = new Float32Array(area);
  const sums = new Map<number, { sum: number; count: number }>();
  for (let z = 0; z < layout.dims[2]; z++) {
    readPlane(prediction.data, prediction.layout, z, labels);
    readPlane(volume.stored, layout, z, values, volume);
    for (let i = 0; i < area; i++) {
      if (labels[i] === 0 || !Number.isFinite(values[i])) continue;
      const own = sums.get(labels[i]) ?? { sum: 0, count: 0 };
      own.sum += values[i];
      own.count++;
      sums.set(labels[i], own);
    }
  }
  return new Map([...sums].map(([value, { sum, count }]) => [value, count === 0 ? null : sum / count]));
}

/** The figures as CSV, a structure of a case a line; with several channels, a column of means for each. */
export function statisticsCsv(rows: readonly StructureStatistics[], channels: readonly string[]): string {
  const means = channels.length === 1 ? ["mean_intensity"] : channels.map((name) => `mean_intensity_${name}`);
  const lines = rows.map(({ case: id, value, name, voxels, millilitres, means }) => [
    ...[id, name, String(value), String(voxels), figure(millilitres)],
    ...means.map((mean) => mean === null ? "" : figure(mean)),
  ]);
  const header = ["case", "structure", "label", "voxels", "volume_ml", ...means];
  return stringify([header, ...lines], { headers: false }).replaceAll("\r\n", "\n");
}

/** Six digits: what float32 holds. */
function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}
