import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import { IGNORED } from "../../src/data/labels/ignored.ts";
import { sharesOfLabels } from "../../src/data/occupancy.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { diceCrossEntropy, type DiceCrossEntropyOptions } from "../../src/segmentation/losses.ts";

const ENGINES = ["cpu", "wasm"] as const;

/** The loss written out in float64, voxel by voxel. */
function reference(
  logits: ArrayLike<number>,
  labels: Uint8Array,
  classes: number,
  { dice = 1, crossEntropy = 1, balance = 0, smooth = 1e-5 }: DiceCrossEntropyOptions = {},
): number {
  const sizes = Array.from({ length: classes }, (_, c) => labels.filter((label) => label === c).length);
  const weightOf = (label: number) => sizes[label] ** -balance;
  const weights = labels.reduce((total, label) => total + weightOf(label), 0);
  const overlap = new Array(classes).fill(0), sum = new Array(classes).fill(0);
  let entropy = 0;
  labels.forEach((label, voxel) => {
    const z = Array.from({ length: classes }, (_, c) => logits[voxel * classes + c]);
    const highest = Math.max(...z);
    const total = z.reduce((a, value) => a + Math.exp(value - highest), 0);
    entropy += weightOf(label) * (highest + Math.log(total) - z[label]) / weights;
    z.forEach((value, c) => {
      const p = Math.exp(value - highest) / total;
      sum[c] += p + (c === label ? 1 : 0);
      if (c === label) overlap[c] += p;
    });
  });
  let scores = 0;
  for (let c = 1; c < classes; c++) scores += (2 * overlap[c] + smooth) / (sum[c] + smooth);
  return dice * (1 - scores / (classes - 1)) + crossEntropy * entropy;
}

function randomCase(seed: number, classes: number) {
  const rng = new Rng(seed), shape: [number, number, number, number, number] = [2, 2, 3, 2, classes];
  const labels = Uint8Array.from({ length: 24 }, () => rng.int(classes));
  const logits = Float32Array.from({ length: 24 * classes }, () => 2 * rng.normal());
  return { logits, labels, shape };
}

for (const engine of ENGINES) {
  Deno.test(`Dice + cross-entropy by hand: two voxels, two classes (${engine})`, async () => {
    await startEngine({ engine });
    tf.tidy(() => {
      // p of class 1: 3/4 and 1/2; the labels are 1 and 0, so Dice = 2 * 3/4 / (5/4 + 1) = 2/3
      const logits = tf.tensor5d([0, Math.log(3), 5, 5], [1, 1, 1, 2, 2]);
      const [loss] = diceCrossEntropy(logits, Uint8Array.of(1, 0), { smooth: 0 }).dataSync();
      assertAlmostEquals(loss, 1 / 3 + (Math.log(4 / 3) + Math.log(2)) / 2, 1e-6);
    });
  });

  Deno.test(`the loss is the equation's, with either part alone and weighted (${engine})`, async () => {
    await startEngine({ engine });
    for (
      const options of [{}, { dice: 0 }, { crossEntropy: 0 }, { balance: 1 }, {
        dice: 0.3,
        crossEntropy: 2,
        smooth: 0.5,
      }]
    ) {
      const { logits, labels, shape } = randomCase(1, 4);
      const [loss] = tf.tidy(() => diceCrossEntropy(tf.tensor5d(logits, shape), labels, options).dataSync());
      assertAlmostEquals(loss, reference(logits, labels, 4, options), 1e-5);
    }
  });

  Deno.test(`the loss's gradient is that of finite differences (${engine})`, async () => {
    await startEngine({ engine });
    for (const options of [{}, { dice: 0 }, { crossEntropy: 0 }, { balance: 0.5 }, { smooth: 0.5 }]) {
      const { logits, labels, shape } = randomCase(2, 3);
      const gradient = tf.tidy(() =>
        tf.grad((z) => tf.mul(diceCrossEntropy(z as tf.Tensor5D, labels, options), 3))(tf.tensor5d(logits, shape))
          .dataSync()
      );
      const h = 1e-5, moved = Float64Array.from(logits);
      logits.forEach((value, i) => {
        moved[i] = value + h;
        const above = reference(moved, labels, 3, options);
        moved[i] = value - h;
        const below = reference(moved, labels, 3, options);
        moved[i] = value;
        assertAlmostEquals(gradient[i], 3 * (above - below) / (2 * h), 1e-5);
      });
    }
  });

  Deno.test(`voxels that nobody annotated change neither the loss nor any gradient, and have none (${engine})`, async () => {
    await startEngine({ engine });
    for (const options of [{}, { dice: 0 }, { crossEntropy: 0 }, { balance: 0.5 }]) {
      const { logits, labels, shape } = randomCase(5, 3);
      const ignored = [...labels.keys()].filter((voxel) => voxel % 3 === 1);
      const partly = labels.slice(), garbled = logits.slice();
      for (const voxel of ignored) {
        partly[voxel] = IGNORED;
        garbled.fill(voxel === 1 ? NaN : 1e3, 3 * voxel, 3 * voxel + 1);
      }
      const annotated = [...labels.keys()].filter((voxel) => !ignored.includes(voxel));
      const rows = annotated.flatMap((voxel) => [...logits.subarray(3 * voxel, 3 * voxel + 3)]);
      const own = Uint8Array.from(annotated, (voxel) => labels[voxel]);
      tf.tidy(() => {
        const run = (labels: Uint8Array) => tf.valueAndGrad((z) => diceCrossEntropy(z as tf.Tensor5D, labels, options));
        const expected = run(own)(tf.tensor5d(rows, [1, 1, 1, own.length, 3]));
        const found = run(partly)(tf.tensor5d(garbled, shape));
        assertEquals(found.value.dataSync(), expected.value.dataSync());
        const gradient = new Float32Array(logits.length); // zero where nobody annotated
        annotated.forEach((voxel, row) => {
          gradient.set(expected.grad.dataSync().subarray(3 * row, 3 * row + 3), 3 * voxel);
        });
        assertEquals(found.grad.dataSync(), gradient);
      });
    }
  });

  Deno.test(`where nobody annotated any voxel, loss and gradient are 0 (${engine})`, async () => {
    await startEngine({ engine });
    const { logits, labels, shape } = randomCase(6, 3);
    tf.tidy(() => {
      const run = tf.valueAndGrad((z) => diceCrossEntropy(z as tf.Tensor5D, labels.fill(IGNORED), { balance: 0.5 }));
      const { value, grad } = run(tf.tensor5d(logits, shape));
      assertEquals([...value.dataSync()], [0]);
      assertEquals(grad.dataSync(), new Float32Array(logits.length));
    });
  });

  Deno.test(`extreme logits give a finite loss and gradient (${engine})`, async () => {
    await startEngine({ engine });
    tf.tidy(() => {
      const logits = tf.tensor5d([1e4, -1e4, 0, -1e4, 1e4, 0], [1, 1, 1, 2, 3]);
      for (const labels of [Uint8Array.of(0, 1), Uint8Array.of(1, 0), Uint8Array.of(2, 2)]) {
        const { value, grad } = tf.valueAndGrad((z) => diceCrossEntropy(z as tf.Tensor5D, labels))(logits);
        assert([...value.dataSync(), ...grad.dataSync()].every(Number.isFinite));
      }
      const [right] = diceCrossEntropy(logits, Uint8Array.of(0, 1)).dataSync();
      assertAlmostEquals(right, 0, 1e-6); // class 2 is nowhere: its Dice is the smooth term's 1
    });
  });

  Deno.test(`a logit that is NaN makes the loss NaN, and its voxel's gradient (${engine})`, async () => {
    await startEngine({ engine });
    const { logits, labels, shape } = randomCase(4, 3);
    logits[7] = NaN; // of voxel 2
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((z) => diceCrossEntropy(z as tf.Tensor5D, labels))(
        tf.tensor5d(logits, shape),
      );
      assertEquals([...value.dataSync()], [NaN]);
      assertEquals([...grad.dataSync().subarray(6, 9)], [NaN, NaN, NaN]);
    });
  });

  Deno.test(`the loss is right over many voxels and classes (${engine})`, async () => {
    await startEngine({ engine });
    for (const classes of [2, 5, 17]) {
      const rng = new Rng(classes), labels = Uint8Array.from({ length: 6001 }, () => rng.int(classes));
      const logits = Float32Array.from({ length: labels.length * classes }, () => 5 * rng.normal());
      const [loss] = tf.tidy(() => {
        return diceCrossEntropy(tf.tensor5d(logits, [1, 1, 1, labels.length, classes]), labels).dataSync();
      });
      assertAlmostEquals(loss, reference(logits, labels, classes), 1e-5);
    }
  });

  Deno.test(`the loss leaves no tensor behind (${engine})`, async () => {
    await startEngine({ engine });
    const { logits, labels, shape } = randomCase(3, 3);
    for (const ignored of [0, 5, labels.length]) {
      labels.fill(IGNORED, 0, ignored);
      const z = tf.tensor5d(logits, shape), before = tf.memory().numTensors;
      const { value, grad } = tf.valueAndGrad((z) => diceCrossEntropy(z as tf.Tensor5D, labels))(z);
      assertEquals(tf.memory().numTensors, before + 2);
      tf.dispose([z, value, grad]);
    }
  });
}

Deno.test("labels that do not fit the logits are refused", async () => {
  await startEngine({ engine: "cpu" });
  tf.tidy(() => {
    const logits = tf.zeros([1, 1, 1, 2, 3]) as tf.Tensor5D;
    assertThrows(() => diceCrossEntropy(logits, Uint8Array.of(1)), RangeError, "each of the 2 voxels, got 1");
    assertThrows(() => diceCrossEntropy(logits, Uint8Array.of(1, 3)), RangeError, "below the 3 classes");
  });
});

for (const engine of ENGINES) {
  Deno.test(`shares of 0 and 1 are the labels, in loss and gradient, ignored voxels too (${engine})`, async () => {
    await startEngine({ engine });
    for (const options of [{}, { dice: 0 }, { crossEntropy: 0 }, { balance: 0.5 }]) {
      const { logits, labels, shape } = randomCase(1, 3);
      labels[5] = labels[20] = IGNORED;
      const shares = sharesOfLabels(labels, 3);
      tf.tidy(() => {
        const x = tf.tensor5d(logits, shape);
        const of = (given: DiceCrossEntropyOptions) => {
          const { value, grad } = tf.valueAndGrad((x) => diceCrossEntropy(x as tf.Tensor5D, labels, given))(x);
          return [...value.dataSync(), ...grad.dataSync()];
        };
        const hard = of(options), soft = of({ ...options, shares });
        soft.forEach((value, i) => assertAlmostEquals(value, hard[i], 2e-6, `${i}`));
      });
    }
  });

  Deno.test(`nothing is better than the shares themselves (${engine})`, async () => {
    await startEngine({ engine });
    const { shape } = randomCase(1, 3), rng = new Rng(2), labels = new Uint8Array(24);
    const shares = Float32Array.from({ length: 72 }, () => rng.uniform(0.1, 1));
    for (let voxel = 0; voxel < 24; voxel++) {
      const total = shares[3 * voxel] + shares[3 * voxel + 1] + shares[3 * voxel + 2];
      for (let c = 0; c < 3; c++) shares[3 * voxel + c] /= total;
    }
    const best = shares.map(Math.log);
    const lossAt = (logits: Float32Array) =>
      tf.tidy(() => diceCrossEntropy(tf.tensor5d(logits, shape), labels, { shares }).dataSync()[0]);
    for (let trial = 0; trial < 20; trial++) {
      const other = best.map((value) => value + 0.2 * rng.normal());
      assert(lossAt(other) > lossAt(best));
    }
    const sure = best.map((value, i) => value === Math.max(...best.subarray(i - i % 3, i - i % 3 + 3)) ? 9 : 0);
    assert(lossAt(sure) > lossAt(best) + 0.1); // all for the greatest share, as hard labels would have it
  });
}

Deno.test("shares must be as many as the logits", async () => {
  await startEngine({ engine: "cpu" });
  const { logits, labels, shape } = randomCase(1, 3);
  assertThrows(
    () => diceCrossEntropy(tf.tensor5d(logits, shape), labels, { shares: new Float32Array(24) }),
    RangeError,
    "a share for each of the 72 logits, got 24",
  );
});
