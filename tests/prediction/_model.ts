/** A small network with random weights, kept as a model, and volumes for it. */
import { Rng } from "../../src/core/rng.ts";
import { toRas } from "../../src/data/orient.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { orientationOf } from "../../src/data/affine.ts";
import type { Volume } from "../../src/data/volume.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { type KeptModel, readSegmentationModel, writeModel } from "../../src/models/folder.ts";
import type { SegmentationDescription } from "../../src/models/description.ts";
import { facts } from "../models/_model.ts";

/** Keeps a network with random weights in `folder`; `changes` replace whole parts of what is said of it. */
export async function makeModel(
  folder: string,
  changes: Parameters<typeof facts>[0] & { seed?: number } = {},
): Promise<KeptModel<SegmentationDescription>> {
  const { seed = 1, ...others } = changes;
  const channels = others.channels ?? ["image"];
  const network = parseUNetConfig({
    ...{ classes: 3, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] },
    channels: channels.length,
  });
  const unet = new UNet(network, new Rng(seed));
  const vectors = await readWeights(unet.variables);
  unet.dispose();
  const preparation = { ...facts().preparation, spacing: [2, 2, 2] as const };
  await writeModel(folder, facts({ network, preparation, ...others }), vectors);
  return await readSegmentationModel(folder);
}

/** A noisy ball of 9 x 10 x 8 voxels whose axes run to the front, the feet and the left. */
export function ball(seed = 1): Volume {
  const rng = new Rng(seed), dims = [9, 10, 8] as const;
  const affine = [[0, 0, -1.5, 20], [2, 0, 0, -10], [0, -2.5, 0, 30], [0, 0, 0, 1]];
  const data = Float32Array.from({ length: 9 * 10 * 8 }, (_, i) => {
    const [x, y, z] = [i % 9, Math.floor(i / 9) % 10, Math.floor(i / 90)];
    return Math.round((Math.hypot(x - 4, y - 5, z - 3) < 3 ? 100 : 20) + 10 * rng.uniform());
  });
  return { data, dims, spacing: [2, 2.5, 1.5], affine, orientation: orientationOf(affine), datatype: "float32" };
}

/** Writes {@linkcode ball}. */
export async function writeBall(path: string, seed = 1): Promise<void> {
  await writeNifti(path, ball(seed), { datatype: "int16" });
}

/** Writes the same volume as another file has, its axes in the order of RAS. */
export async function writeTurned(from: string, to: string): Promise<void> {
  await writeNifti(to, toRas(await readVolume(from)), { datatype: "int16" });
}
