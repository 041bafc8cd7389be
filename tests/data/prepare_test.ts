import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { orientationOf } from "../../src/data/affine.ts";
import { IGNORED } from "../../src/data/labels/ignored.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { toRas } from "../../src/data/orient.ts";
import type { Plan } from "../../src/data/plan.ts";
import { prepareCase, type PreparedCase } from "../../src/data/prepare.ts";
import { restoreLabels } from "../../src/data/restore.ts";
import type { Volume } from "../../src/data/volume.ts";
import { withFolder } from "./_files.ts";
import { wholeCrop, wholeImage, wholeRestored } from "./_whole_volume.ts";

const SCHEME = { labels: new Map([[1, "one"], [2, "two"]]) };
const PLAN = { spacing: [2, 2, 2] as Triple };

/** A noisy cube with a box of class 2 in a box of class 1, stored with the given axes. */
function makeCase(code: string, dims: Triple, spacing: Triple): { image: Volume; label: Volume } {
  const rng = new Rng(1);
  const affine = [0, 1, 2].map((row) => [0, 0, 0, row]);
  [...code].forEach((letter, column) => {
    affine["RLAPSI".indexOf(letter) >> 1][column] = ("RAS".includes(letter) ? 1 : -1) * spacing[column];
  });
  affine.push([0, 0, 0, 1]);
  const data = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, () => 100 + 10 * rng.normal());
  const classes = new Float32Array(data.length);
  let i = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      for (let x = 0; x < dims[0]; x++, i++) {
        const [u, v, w] = [(x + 0.5) / dims[0], (y + 0.5) / dims[1], (z + 0.5) / dims[2]];
        if (u > 0.2 && u < 0.8 && v > 0.2 && v < 0.7 && w > 0.25 && w < 0.8) classes[i] = u < 0.5 ? 2 : 1;
      }
    }
  }
  const common = { dims, spacing, affine, orientation: orientationOf(affine), datatype: "int16" };
  return { image: { ...common, data }, label: { ...common, data: classes } };
}

/** The same voxels at the same places, `volume` being RAS, stored along other axes. */
function storedAs(volume: Volume, code: string): Volume {
  const axes = [...code].map((letter) => "RLAPSI".indexOf(letter) >> 1);
  const forward = [...code].map((letter) => "RAS".includes(letter));
  const dims: Triple = [volume.dims[axes[0]], volume.dims[axes[1]], volume.dims[axes[2]]];
  const from = (at: number[]) => {
    const index = [0, 0, 0];
    axes.forEach((axis, i) => index[axis] = forward[i] ? at[i] : dims[i] - 1 - at[i]);
    return index;
  };
  const place = (at: number[]) => volume.affine.map((row) => row[0] * at[0] + row[1] * at[1] + row[2] * at[2] + row[3]);
  const origin = place(from([0, 0, 0]));
  const steps = [0, 1, 2].map((axis) => place(from([0, 1, 2].map((i) => i === axis ? 1 : 0))));
  const affine = origin.map((value, row) => [...steps.map((step) => step[row] - value), row < 3 ? value : 1]);
  const data = volume.data.slice();
  let i = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      for (let x = 0; x < dims[0]; x++, i++) {
        const [u, v, w] = from([x, y, z]);
        data[i] = volume.data[u + volume.dims[0] * (v + volume.dims[1] * w)];
      }
    }
  }
  const spacing: Triple = [volume.spacing[axes[0]], volume.spacing[axes[1]], volume.spacing[axes[2]]];
  return { ...volume, data, dims, affine, spacing, orientation: orientationOf(affine) };
}

async function writeCase(directory: string, image: Volume, label: Volume) {
  await writeNifti(`${directory}/image.nii.gz`, image);
  await writeNifti(`${directory}/label.nii.gz`, label, { datatype: "uint8" });
  return { id: "a", subject: "s", image: `${directory}/image.nii.gz`, label: `${directory}/label.nii.gz` };
}

/** Probabilities that are certain of the prepared label. */
function certain({ label }: PreparedCase, classes: number): Float32Array {
  const probabilities = new Float32Array(label!.length * classes);
  label!.forEach((value, i) => probabilities[i * classes + value] = 1);
  return probabilities;
}

Deno.test("a case comes out in RAS, at the plan's spacing, normalised, shape z, y, x", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("SPL", [20, 30, 16], [1, 1.5, 3]);
    const prepared = await prepareCase(await writeCase(directory, image, label), PLAN, SCHEME);
    assertEquals(prepared.shape, [10, 23, 24]); // 20 mm, 45 mm, 48 mm
    assertEquals(prepared.spacing, [2, 45 / 23, 2]);
    assertEquals([prepared.id, prepared.subject, prepared.source.orientation], ["a", "s", "SPL"]);
    assertEquals(prepared.image.length, 10 * 23 * 24);
    const mean = prepared.image.reduce((sum, value) => sum + value, 0) / prepared.image.length;
    assertAlmostEquals(mean, 0, 1e-3);
    assertEquals(new Set(prepared.label), new Set([0, 1, 2]));
  });
});

for (const labelResampling of ["nearest", "linear"] as const) {
  for (const code of ["RAS", "LPS", "SPL", "AIR"]) {
    Deno.test(`labels of ${code} resampled by ${labelResampling} are restored on the input's own grid`, async () => {
      await withFolder(async (directory) => {
        const { image, label } = makeCase(code, [40, 30, 16], [1, 1.5, 3]);
        const prepared = await prepareCase(
          await writeCase(directory, image, label),
          { ...PLAN, labelResampling },
          SCHEME,
        );
        const restored = restoreLabels(prepared, certain(prepared, 3), 3);
        assertEquals([restored.dims, restored.orientation], [image.dims, code]);
        restored.affine.flat().forEach((value, i) => assertAlmostEquals(value, image.affine.flat()[i], 1e-5));
        for (const value of [1, 2]) {
          let [both, either] = [0, 0];
          restored.data.forEach((found, i) => {
            if (found === value && label.data[i] === value) both++;
            either += (found === value ? 1 : 0) + (label.data[i] === value ? 1 : 0);
          });
          assert(2 * both / either > 0.9, `Dice of ${value} is ${2 * both / either}`);
        }
        await writeNifti(`${directory}/prediction.nii.gz`, restored, { datatype: "uint8" });
        assertEquals([...(await readVolume(`${directory}/prediction.nii.gz`)).data], [...restored.data]);
      });
    });
  }
}

for (const code of ["RAS", "LPS", "SPL", "PIR"]) {
  for (
    const [name, plan] of [
      ["coarser", { spacing: [3, 2.5, 4] }],
      ["finer and coarser", { spacing: [0.7, 2.9, 1.1] }],
      ["its own grid", { spacing: null }],
      ["a part of a coarser grid", { spacing: [2, 2, 2], crop: [9, 13, 11] }],
      ["a part of its own grid", { spacing: null, crop: [9, 13, 11] }],
    ] as [string, Plan][]
  ) {
    Deno.test(`plane by plane, a case in ${code} on ${name} has the same bits as whole volumes have, and back`, () =>
      withFolder(async (directory) => {
        const { image, label } = makeCase(code, [17, 14, 11], [1, 1.5, 2]);
        [NaN, Infinity, -Infinity].forEach((value, i) => image.data[100 * i] = value);
        const reference = await writeCase(directory, image, label);
        const stored = await readVolume(reference.image);
        const prepared = await prepareCase(reference, plan, SCHEME);
        const { shape, source: { window } } = prepared;
        const target = window?.whole ?? [shape[2], shape[1], shape[0]] as const;
        assertEquals(prepared.image, wholeImage(stored, target, window));
        const rng = new Rng(9);
        const probabilities = Float32Array.from({ length: 3 * prepared.image.length }, () => rng.uniform(0, 1));
        const { data } = restoreLabels(prepared, probabilities, 3);
        assertEquals([...data], wholeRestored(prepared, probabilities, 3));
      }));
  }
}

Deno.test("an image with slope and intercept is scaled in double precision, as its file is read", () =>
  withFolder(async (directory) => {
    const { image, label } = makeCase("LPS", [9, 8, 7], [1, 1, 1]);
    const { label: _, ...reference } = await writeCase(directory, image, label);
    await writeNifti(reference.image, image, { datatype: "int16", slope: 0.0371, intercept: -3.3 });
    const stored = await readVolume(reference.image);
    const prepared = await prepareCase(reference, { spacing: null }, SCHEME);
    assertEquals(prepared.image, wholeImage(stored, toRas(stored).dims, undefined));
  }));

Deno.test("without resampling nothing is lost", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("PSR", [9, 8, 7], [1, 2, 3]);
    const prepared = await prepareCase(await writeCase(directory, image, label), { spacing: null }, SCHEME);
    assertEquals([...restoreLabels(prepared, certain(prepared, 3), 3).data], [...label.data]);
  });
});

for (const code of ["RAS", "LPS", "SPL", "PSR"]) {
  for (const [size, extent] of [["even", [4, 4, 6]], ["odd", [5, 3, 9]], ["longer", [1000, 4, 1000]]] as const) {
    Deno.test(`a crop of ${size} size keeps the middle of ${code}, and a prediction comes back with background around it`, () =>
      withFolder(async (directory) => {
        const { image, label } = makeCase(code, [9, 8, 7], [1, 1, 1]);
        label.data = label.data.map((_, i) => 1 + i % 2); // labels everywhere, so that what is outside can be told
        const reference = await writeCase(directory, image, label);
        const whole = await prepareCase(reference, { spacing: null }, SCHEME);
        const prepared = await prepareCase(reference, { spacing: null, crop: extent }, SCHEME);
        const { window } = prepared.source;
        assertEquals(prepared.shape, [window!.dims[2], window!.dims[1], window!.dims[0]]);
        assertEquals(prepared.shape, whole.shape.map((voxels, i) => Math.min(voxels, extent[2 - i])));
        assertEquals(prepared.label, wholeCrop(whole.label!, window!));
        const mean = prepared.image.reduce((sum, value) => sum + value, 0) / prepared.image.length;
        assertAlmostEquals(mean, 0, 1e-3); // of what is kept

        const restored = restoreLabels(prepared, certain(prepared, 3), 3);
        assertEquals([restored.dims, restored.orientation], [image.dims, code]);
        // the file's own axes, each with the extent of the axis of the body that it runs along
        const along = [...code].map((letter) => extent["RLAPSI".indexOf(letter) >> 1]);
        const reversed = [...code].map((letter) => "LPI".includes(letter));
        const inside = image.dims.map((voxels, axis) => {
          const kept = Math.min(voxels, along[axis]), before = (voxels - kept) >> 1;
          return (index: number) => {
            const place = reversed[axis] ? voxels - 1 - index : index;
            return place >= before && place < before + kept;
          };
        });
        const expected = label.data.map((value, i) => {
          const place = [i % 9, Math.floor(i / 9) % 8, Math.floor(i / 72)];
          return place.every((index, axis) => inside[axis](index)) ? value : 0;
        });
        assertEquals([...restored.data], [...expected]);
      }));
  }
}

Deno.test("a crop is measured in mm of the resampled grid, and what is predicted in it ends at its border", () =>
  withFolder(async (directory) => {
    const { image, label } = makeCase("LPS", [40, 40, 20], [1, 1, 2]);
    const reference = await writeCase(directory, image, label);
    const prepared = await prepareCase(reference, { ...PLAN, crop: [20, 21, 500] }, SCHEME);
    assertEquals(prepared.shape, [20, 11, 10]);
    const everywhere = Float32Array.from({ length: 3 * 20 * 11 * 10 }, (_, i) => i % 3 === 1 ? 1 : 0);
    const { data } = restoreLabels(prepared, everywhere, 3);
    const along = (axis: (i: number) => number) => {
      const places = [...data.keys()].filter((i) => data[i] === 1).map(axis);
      return [Math.min(...places), Math.max(...places)];
    };
    assertEquals(along((i) => i % 40), [10, 29]);
    assertEquals(along((i) => Math.floor(i / 40) % 40), [10, 31]); // 22 mm, from the other end
    assertEquals(along((i) => Math.floor(i / 1600)), [0, 19]);
  }));

Deno.test("label values need not be consecutive: classes follow their order, predictions carry the values", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("RAS", [8, 8, 8], [1, 1, 1]);
    label.data = label.data.map((value) => value === 2 ? 7 : value === 1 ? 3 : 0);
    const prepared = await prepareCase(
      await writeCase(directory, image, label),
      { spacing: null },
      { labels: new Map([[7, "late"], [3, "early"]]) },
    );
    assertEquals(prepared.source.labelValues, [0, 3, 7]);
    assertEquals(new Set(prepared.label), new Set([0, 1, 2]));
    assertEquals([...restoreLabels(prepared, certain(prepared, 3), 3).data], [...label.data]);
  });
});

for (const labelResampling of ["nearest", "linear"] as const) {
  Deno.test(`what nobody annotated stays so when labels are resampled by ${labelResampling}`, () =>
    withFolder(async (directory) => {
      const { image, label } = makeCase("LPS", [40, 30, 16], [1, 1.5, 3]);
      label.data = label.data.map((value, i) => i % 40 < 20 ? value : 9);
      const reference = await writeCase(directory, image, label);
      const prepared = await prepareCase(reference, { ...PLAN, labelResampling }, { ...SCHEME, ignore: 9 });
      assertEquals(prepared.source.labelValues, [0, 1, 2]);
      prepared.label!.forEach((value, i) => assertEquals(value === IGNORED, i % prepared.shape[2] < 10));
    }));
}

Deno.test("a label file of another shape or place is refused by name", async () => {
  await withFolder(async (directory) => {
    const { image } = makeCase("RAS", [8, 8, 8], [1, 1, 1]);
    const other = await writeCase(directory, image, makeCase("RAS", [8, 8, 7], [1, 1, 1]).label);
    await assertRejects(
      () => prepareCase(other, PLAN, SCHEME),
      UserError,
      `must have the shape of its image, 8x8x8 (${directory}/label.nii.gz: 8x8x7)`,
    );
    const turned = await writeCase(directory, image, makeCase("LAS", [8, 8, 8], [1, 1, 1]).label);
    await assertRejects(
      () => prepareCase(turned, PLAN, SCHEME),
      UserError,
      "half a voxel (" + `${turned.label}: up to 7 mm away)`,
    );
  });
});

for (const labelCode of ["RAS", "LPS", "SAR", "IPL"]) {
  Deno.test(`a label of the same place that is stored as ${labelCode} comes to its image's voxels`, () =>
    withFolder(async (directory) => {
      const { image, label } = makeCase("RAS", [9, 8, 7], [1, 2, 3]);
      const expected = await prepareCase(await writeCase(directory, image, label), PLAN, SCHEME);
      const found = await prepareCase(await writeCase(directory, image, storedAs(label, labelCode)), PLAN, SCHEME);
      assertEquals(found.label, expected.label);
    }));
}

Deno.test("a label keeps to its image's voxels where rounding tips it over to other letters", () =>
  withFolder(async (directory) => {
    const { image, label } = makeCase("RAS", [9, 8, 7], [1, 2, 2]);
    const rotated = ({ affine, ...volume }: Volume, angle: number): Volume => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const [x, y, z] = affine;
      const rows = [x.map((value, i) => c * value - s * y[i]), x.map((value, i) => s * value + c * y[i]), z];
      return { ...volume, affine: [...rows, [0, 0, 0, 1]] };
    };
    const about = Math.PI / 4;
    const exact = await writeCase(directory, rotated(image, about - 1e-4), rotated(label, about - 1e-4));
    const expected = await prepareCase(exact, PLAN, SCHEME);
    const tipped = rotated(label, about + 1e-4);
    assertEquals([orientationOf(rotated(label, about - 1e-4).affine), orientationOf(tipped.affine)], ["RAS", "ALS"]);
    const found = await prepareCase(await writeCase(directory, rotated(image, about - 1e-4), tipped), PLAN, SCHEME);
    assertEquals(found.label, expected.label);
  }));

Deno.test("a voxel that is no number stays one voxel's matter when the volume is resampled", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("RAS", [16, 16, 16], [1, 1, 1]);
    const gap = 8 + 16 * (8 + 16 * 8);
    const lowest = image.data.reduce((a, b) => Math.min(a, b));
    const images: Float32Array[] = [];
    for (const value of [NaN, Infinity, lowest]) {
      image.data[gap] = value;
      images.push((await prepareCase(await writeCase(directory, image, label), PLAN, SCHEME)).image);
    }
    assertEquals(images[0], images[2]);
    assertEquals(images[1], images[2]);
  });
});

Deno.test("a prediction has its input's own forms", () =>
  withFolder(async (directory) => {
    const { image, label } = makeCase("LPS", [8, 9, 10], [1, 2, 3]);
    const reference = await writeCase(directory, image, label);
    const prepared = await prepareCase(reference, PLAN, SCHEME);
    const { forms } = await readVolume(reference.image);
    assertEquals([forms?.qformCode, forms?.sizes], [1, [1, 2, 3]]);
    assertEquals(restoreLabels(prepared, certain(prepared, 3), 3).forms, forms);
  }));

Deno.test("a case without a label file has no label", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("RAS", [8, 8, 8], [1, 1, 1]);
    const { label: _, ...reference } = await writeCase(directory, image, label);
    assertEquals((await prepareCase(reference, PLAN, { labels: new Map() })).label, undefined);
  });
});

Deno.test("probabilities of another size are a programmer's mistake", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("RAS", [8, 8, 8], [1, 1, 1]);
    const prepared = await prepareCase(await writeCase(directory, image, label), { spacing: null }, SCHEME);
    assertThrows(() => restoreLabels(prepared, new Float32Array(5), 3), RangeError, "1536 values, got 5");
    assertThrows(() => restoreLabels(prepared, new Float32Array(512 * 4), 4), RangeError, "3 classes, got 4");
  });
});

Deno.test("shares of classes are kept on a coarser grid where they are asked for, the label their greatest", async () => {
  await withFolder(async (directory) => {
    const { image, label } = makeCase("RAS", [20, 24, 18], [1, 1, 1]);
    const reference = await writeCase(directory, image, label);
    const plan: Plan = { spacing: [3, 3, 3], crop: [18, 18, 18] };
    assertEquals((await prepareCase(reference, plan, SCHEME)).occupancy, undefined);
    const own = { spacing: null };
    assertEquals((await prepareCase(reference, own, SCHEME, { softLabels: true })).occupancy, undefined);
    const prepared = await prepareCase(reference, plan, SCHEME, { softLabels: true });
    assertEquals(prepared.label, (await prepareCase(reference, plan, SCHEME)).label);
    const { shares, classes } = prepared.occupancy!;
    const voxels = prepared.label!.length;
    assertEquals([shares.length, classes], [3 * voxels, 3]);
    let partly = 0;
    prepared.label!.forEach((value, voxel) => {
      const own = [0, 1, 2].map((c) => shares[c * voxels + voxel]);
      assertAlmostEquals(own[0] + own[1] + own[2], 255, 1);
      assertEquals(own[value], Math.max(...own));
      if (own[value] < 250) partly++;
    });
    assert(partly > 20);
  });
});

Deno.test("a ball comes back from a coarse grid more nearly from shares than from labels", async () => {
  await withFolder(async (directory) => {
    const n = 40;
    const { image } = makeCase("RAS", [n, n, n], [1, 1, 1]);
    const inBall = (i: number, radius: number) =>
      Math.hypot(i % n - 18.3, Math.floor(i / n) % n - 20.1, Math.floor(i / n ** 2) - 19.4) < radius;
    const data = Float32Array.from({ length: n ** 3 }, (_, i) => inBall(i, 9) ? 2 : inBall(i, 17) ? 1 : 0);
    const reference = await writeCase(directory, image, { ...image, data });
    const prepared = await prepareCase(reference, { spacing: [3.3, 3.3, 3.3] }, SCHEME, { softLabels: true });
    const { shares } = prepared.occupancy!;
    const voxels = prepared.label!.length;
    const soft = Float32Array.from({ length: 3 * voxels }, (_, i) => shares[i % 3 * voxels + Math.floor(i / 3)] / 255);
    const diceOf = (probabilities: Float32Array, value: number) => {
      const restored = restoreLabels(prepared, probabilities, 3).data;
      let both = 0, sum = 0;
      restored.forEach((one, i) => {
        both += one === value && data[i] === value ? 2 : 0;
        sum += (one === value ? 1 : 0) + (data[i] === value ? 1 : 0);
      });
      return both / sum;
    };
    for (const value of [1, 2]) {
      const hard = diceOf(certain(prepared, 3), value), better = diceOf(soft, value);
      assert(1 - better < 0.75 * (1 - hard), `${value}: ${hard}, ${better}`);
    }
  });
});
