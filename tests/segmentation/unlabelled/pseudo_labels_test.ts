import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { IGNORED } from "../../../src/data/labels/ignored.ts";
import { lessonOf } from "../../../src/segmentation/unlabelled/lesson.ts";
import { mix } from "../../../src/segmentation/unlabelled/mix.ts";
import { pseudoLabels, sureClasses } from "../../../src/segmentation/unlabelled/pseudo_labels.ts";
import type { StudentPatch } from "../../../src/segmentation/unlabelled/variant.ts";

const I = IGNORED;

/** Sure of class 1 where the image is bright and of 0 where it is dark, of nothing where it is 0. */
const teacher = {
  forward: (x: tf.Tensor5D): tf.Tensor5D => tf.concat([tf.mul(x, -10), tf.mul(x, 10)], 4),
};

Deno.test("a voxel has its most probable class where the teacher is sure, and none elsewhere", () => {
  const probabilities = Float32Array.of(0.9, 0.05, 0.05, 0.3, 0.3, 0.4, 0.1, 0.8, 0.1, NaN, NaN, NaN);
  assertEquals([...sureClasses(probabilities, 3, 0.8)], [0, I, 1, I]);
  assertEquals([...sureClasses(probabilities, 3, 0)], [0, 2, 1, I]);
});

Deno.test("a teacher's labels leave no tensor, patch by patch", async () => {
  await tf.setBackend("cpu");
  const { numTensors } = tf.memory();
  const image = Float32Array.of(1, -1, 0, 1, 1, 0, 1, 1), patch = [1, 1, 4] as const;
  const all = { patch, channels: 1, threshold: 0.9, largest: false };
  assertEquals([...await pseudoLabels(teacher, image, all)], [1, 0, I, 1, 1, I, 1, 1]);
  assertEquals([...await pseudoLabels(teacher, image, { ...all, largest: true })], [1, 0, I, I, I, I, 1, 1]);
  assertEquals(tf.memory().numTensors, numTensors);
});

Deno.test("images and labels are put together alike, and each patch of its own", () => {
  const box = { start: [0, 0, 1], size: [1, 1, 2] } as const;
  const planned: StudentPatch[] = [
    { base: { kind: "unlabelled", index: 1 }, pasted: { from: { kind: "labelled", index: 0 }, box } },
    { base: { kind: "labelled", index: 0 }, pasted: { from: { kind: "unlabelled", index: 0 }, box } },
    { base: { kind: "unlabelled", index: 0 } },
  ];
  const sources = { unlabelled: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), labelled: Uint8Array.of(11, 12, 13, 14) };
  const into = new Uint8Array(12);
  mix(planned, sources, into, [1, 1, 4]);
  assertEquals([...into], [5, 12, 13, 8, 11, 2, 3, 14, 1, 2, 3, 4]);
});

Deno.test("a lesson counts by the share of voxels that the teacher is sure of, and there is none of nothing", async () => {
  await tf.setBackend("cpu");
  const image = Float32Array.of(1, -1, 0, 1), student = Float32Array.of(9, 9, 9, 9);
  const planned: StudentPatch[] = [{ base: { kind: "unlabelled", index: 0 } }];
  const teaching = { variant: "mean-teacher", weight: 2, ramp: 0, threshold: 0.9, batch: 1, largest: false };
  const options = { teaching, patch: [1, 1, 4], t: 0, labels: new Uint8Array(0) } as const;
  const batch = { image, channels: 1, student, planned, ids: ["a"] };
  const lesson = { image: student, channels: 1, label: Uint8Array.of(1, 0, I, 1), weight: 1.5 };
  assertEquals(await lessonOf(teacher, batch, options), { sure: 0.75, lesson });
  const dark = { ...batch, image: new Float32Array(4) };
  assertEquals(await lessonOf(teacher, dark, options), { sure: 0 });
  assertEquals(await lessonOf(teacher, batch, { ...options, teaching: { ...teaching, weight: 0 } }), { sure: 0.75 });
});
