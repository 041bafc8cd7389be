/**
 * Makes a large phantom, or loads and predicts it, in a process of its own, whose largest resident memory is the
 * figure. Its only argument is a {@linkcode LargeVolumeTask} as JSON; it prints {@linkcode LargeVolumeFigures}.
 *
 * @module
 */
import process from "node:process";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { prepareCase } from "../../src/data/prepare.ts";
import { type Volume, voxelCount } from "../../src/data/volume.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { evaluateCase } from "../../src/segmentation/evaluate.ts";

/** What a process is told. */
export interface LargeVolumeTask {
  do: "make" | "measure";
  /** Where image.nii.gz, label.nii.gz and the prediction are. */
  directory: string;
  /** Voxels along x, y, z of 1 mm each. */
  dims: Triple;
  /** Background included. */
  classes: number;
  seed: number;
  /** The plan's. */
  spacing: Triple | null;
  /** Voxels along z, y, x. */
  patch: Triple;
  overlap: number;
}

/** What it prints. */
export interface LargeVolumeFigures {
  /** As text: engine, version, threads. */
  engine: string;
  /** Voxels along z, y, x of the prepared volume. */
  shape: Triple;
  /** Of the process with its engine, before anything is loaded. */
  startBytes: number;
  loadBytes: number;
  loadSeconds: number;
  /** Of all, with predicting, restoring, writing and scoring. */
  peakBytes: number;
  predictSeconds: number;
}

const peak = () => process.resourceUsage().maxRSS * 1024;

/** Nested ellipsoids, class in class, of int16 voxels with noise. */
async function make({ directory, dims, classes, seed }: LargeVolumeTask): Promise<void> {
  const rng = new Rng(seed);
  const noise = Float32Array.from({ length: 4096 }, () => Math.round(5 * rng.normal()));
  const label = new Uint8Array(voxelCount(dims)), image = new Float32Array(label.length);
  for (let z = 0, i = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      const start = rng.int(noise.length);
      for (let x = 0; x < dims[0]; x++, i++) {
        const radius = Math.hypot(
          2 * (x + 0.5) / dims[0] - 1,
          2 * (y + 0.5) / dims[1] - 1,
          2 * (z + 0.5) / dims[2] - 1,
        );
        label[i] = radius < 0.8 ? Math.min(classes - 1, Math.floor((1 - radius / 0.8) * (classes - 1)) + 1) : 0;
        image[i] = 100 * label[i] + noise[(start + x) % noise.length];
      }
    }
  }
  const affine = [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]; // LPS, as scanners store it
  const geometry = { dims, spacing: [1, 1, 1], affine, orientation: "LPS", datatype: "int16" } satisfies Partial<
    Volume
  >;
  await writeNifti(`${directory}/image.nii.gz`, { ...geometry, data: image }, { datatype: "int16" });
  await writeNifti(`${directory}/label.nii.gz`, { ...geometry, data: label }, { datatype: "uint8" });
}

async function measure(task: LargeVolumeTask): Promise<LargeVolumeFigures> {
  const { directory, classes, seed, spacing, patch, overlap } = task;
  const engine = await startEngine({ engine: "wasm" });
  const labels = new Map(Array.from({ length: classes - 1 }, (_, i) => [i + 1, `structure ${i + 1}`]));
  const network = parseUNetConfig({ classes, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
  const unet = new UNet(network, new Rng(seed));
  const startBytes = peak();
  const began = performance.now();
  const [image, label] = [`${directory}/image.nii.gz`, `${directory}/label.nii.gz`];
  const reference = { id: "large", subject: "large", image, label };
  const prepared = await prepareCase(reference, { spacing }, { labels });
  const [loadBytes, loaded] = [peak(), performance.now()];
  const output = `${directory}/prediction.nii.gz`;
  await evaluateCase(prepared, reference, { segmenter: unet, scheme: { labels }, patch, overlap, output });
  unet.dispose();
  return {
    engine: `${engine.name} (${engine.detail}, ${engine.threads} thread(s))`,
    shape: prepared.shape,
    ...{ startBytes, loadBytes, peakBytes: peak() },
    loadSeconds: (loaded - began) / 1000,
    predictSeconds: (performance.now() - loaded) / 1000,
  };
}

if (import.meta.main) {
  console.log = console.info = console.error; // stdout is for the figures; libraries greet
  const task = JSON.parse(Deno.args[0]) as LargeVolumeTask;
  const figures = task.do === "make" ? await make(task) : await measure(task);
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(figures ?? {})));
  Deno.exit(0); // engines may hold threads that would keep the process
}
