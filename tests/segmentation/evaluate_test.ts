import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import type { Triple } from "../../src/core/triple.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { toRas } from "../../src/data/orient.ts";
import { prepareCase } from "../../src/data/prepare.ts";
import type { Volume } from "../../src/data/volume.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { evaluateCase } from "../../src/segmentation/evaluate.ts";
import type { Segmenter } from "../../src/segmentation/inference.ts";
import { measureClasses } from "../../src/segmentation/metrics/measure.ts";

const SCHEME = { labels: new Map([[5, "core"], [2, "shell"]]) };

/** Calls bright voxels core, middling ones shell: the classes in the order of the label values are shell, core. */
const byIntensity: Segmenter = {
  forward: (x) => {
    const background = tf.zerosLike(x);
    // z-scores of the three intensities: -0.86, 0.76, 2.37; a class begins halfway between two
    const shell = tf.mul(tf.add(x, 0.05), 20), core = tf.add(shell, tf.mul(tf.sub(x, 1.56), 20));
    return tf.concat([background, shell, core], 4) as tf.Tensor5D;
  },
};

/** Image and label files of nested boxes on anisotropic voxels stored from right to left, front to back. */
async function writeCase(directory: string) {
  const dims = [20, 16, 9] as const, spacing = [1, 1.5, 2] as const;
  const affine = [[-1, 0, 0, 12], [0, -1.5, 0, 40], [0, 0, 2, -7], [0, 0, 0, 1]];
  const values = new Float32Array(20 * 16 * 9);
  for (let i = 0; i < values.length; i++) {
    const [x, y, z] = [i % 20, Math.floor(i / 20) % 16, Math.floor(i / 320)];
    const inBox = (margin: number) => x >= 1 + margin && x < 13 - margin && y >= margin && y < 14 - margin && z >= 1;
    values[i] = inBox(4) ? 5 : inBox(0) ? 2 : 0;
  }
  const base = { dims, spacing, affine, orientation: "LPS" };
  const label: Volume = { ...base, data: values, datatype: "uint8" };
  const image: Volume = { ...base, data: values.map((v) => [100, 0, 600, 0, 0, 1100][v]), datatype: "float32" };
  const reference = {
    id: "boxes",
    subject: "boxes",
    image: join(directory, "i.nii.gz"),
    label: join(directory, "l.nii"),
  };
  await writeNifti(reference.image, image);
  await writeNifti(reference.label, label, { datatype: "uint8" });
  return { reference, image, label };
}

Deno.test("a case is predicted, written in its image's own geometry, and scored on the label file's own voxels", async () => {
  await startEngine({ engine: "cpu" });
  const directory = await Deno.makeTempDir();
  try {
    const { reference, image, label } = await writeCase(directory);
    const prepared = await prepareCase(reference, { spacing: [1, 1, 1] }, SCHEME);
    assertEquals(prepared.shape, [18, 24, 20]);
    const output = join(directory, "prediction.nii.gz");
    const told: number[] = [];
    const settings = { segmenter: byIntensity, scheme: SCHEME, patch: [8, 16, 16] as const };
    const { dice, voxelsPerSecond } = await evaluateCase(prepared, reference, {
      ...settings,
      output,
      onProgress: ({ window, windows }) => told.push(window / windows),
    });
    assertEquals(told.at(-1), 1);
    assert(voxelsPerSecond > 0 && Number.isFinite(voxelsPerSecond));
    assertEquals(Object.keys(dice!), ["core", "shell"]);
    for (const score of Object.values(dice!)) assert(score! > 0.8, JSON.stringify(dice));

    const written = await readVolume(output);
    assertEquals(written.dims, image.dims);
    assertEquals(written.affine, image.affine);
    assertEquals(written.datatype, "uint8");
    assertEquals([...new Set(written.data)].sort(), [0, 2, 5]);
    const agreeing = written.data.filter((value, i) => value === label.data[i]).length;
    assert(agreeing / label.data.length > 0.9, `${agreeing} of ${label.data.length}`);

    const { prediction, dice: none } = await evaluateCase(prepared, { ...reference, label: undefined }, settings);
    assertEquals(none, undefined);
    assertEquals([...prediction.data], [...written.data]);
    const blocked = join(directory, "absent", "prediction.nii.gz");
    await assertRejects(() => evaluateCase(prepared, reference, { ...settings, output: blocked }), UserError, blocked);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("of structures in one piece only the largest part is kept, before the prediction is written and scored", async () => {
  await startEngine({ engine: "cpu" });
  const directory = await Deno.makeTempDir();
  try {
    const { reference, image } = await writeCase(directory);
    const dims = image.dims[0] * image.dims[1];
    image.data.fill(1100, dims * 8 + 15, dims * 8 + 19); // in the air, far from the boxes
    await writeNifti(reference.image, image);
    const prepared = await prepareCase(reference, { spacing: null }, SCHEME);
    const settings = { segmenter: byIntensity, scheme: SCHEME, patch: [8, 16, 16] as const };
    const plain = await evaluateCase(prepared, reference, settings);
    const kept = await evaluateCase(prepared, reference, { ...settings, singleParts: [5] });
    const expected = Array.from(plain.prediction.data);
    assertEquals(expected.filter((value, i) => value !== kept.prediction.data[i]), [5, 5, 5, 5]);
    assert(kept.dice!.core! > plain.dice!.core!);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("label files are compared by the labels that they nearly hold, and not where nobody annotated them", async () => {
  await startEngine({ engine: "cpu" });
  const directory = await Deno.makeTempDir();
  try {
    const { reference, label } = await writeCase(directory);
    const prepared = await prepareCase(reference, { spacing: [1, 1, 1] }, SCHEME);
    const options = { segmenter: byIntensity, patch: [8, 16, 16] as const };
    const exact = await evaluateCase(prepared, reference, { ...options, scheme: SCHEME });
    await writeNifti(reference.label, { ...label, data: label.data.map((value) => value * 0.9999) });
    const nearly = await evaluateCase(prepared, reference, { ...options, scheme: SCHEME });
    assertEquals(nearly.measures, exact.measures);
    await writeNifti(reference.label, toRas(label)); // the same place, stored along other axes
    const turned = await evaluateCase(prepared, reference, { ...options, scheme: SCHEME });
    assertEquals(turned.measures, exact.measures);

    const { data } = exact.prediction; // where it is wrong, and on one side of the boxes, nobody knows the truth
    const annotated = label.data.map((value, i) => value === data[i] && i % 20 > 6 ? value : 9);
    await writeNifti(reference.label, { ...label, data: annotated });
    const partly = await evaluateCase(prepared, reference, { ...options, scheme: { ...SCHEME, ignore: 9 } });
    assertEquals(partly.dice, { core: 1, shell: 1 });
    assertEquals(partly.prediction.data, data);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("distances are measured by the voxel size that is given, and not at all without one", async () => {
  await startEngine({ engine: "cpu" });
  const directory = await Deno.makeTempDir();
  try {
    const { reference } = await writeCase(directory);
    const prepared = await prepareCase(reference, { spacing: [3, 3, 3] }, SCHEME);
    const settings = { segmenter: byIntensity, scheme: SCHEME, patch: [8, 16, 16] as const };
    const evaluated = await evaluateCase(prepared, reference, settings);
    const truth = await readVolume(reference.label);
    const expected = (spacing: Triple | null) => {
      const { data, dims } = evaluated.prediction;
      const byLabel = measureClasses(data, truth.data, { labels: [5, 2], dims, spacing });
      return { core: byLabel.get(5), shell: byLabel.get(2) };
    };
    assertEquals(evaluated.measures, expected(null));
    assertEquals([evaluated.measures!.core.hd95, evaluated.measures!.core.dice], [null, evaluated.dice!.core]);
    for (const spacing of [[1, 1.5, 2], [2, 3, 4]] as Triple[]) {
      const { measures, dice } = await evaluateCase(prepared, reference, { ...settings, spacing });
      assertEquals(measures, expected(spacing));
      assertEquals(dice, evaluated.dice);
      assert(measures!.shell.assd! > 0 && measures!.shell.assd! < Infinity, JSON.stringify(measures));
    }
    const { measures } = await evaluateCase(prepared, { ...reference, label: undefined }, settings);
    assertEquals(measures, undefined);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
