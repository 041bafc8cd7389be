import { assertEquals, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { makePreview } from "../../../src/peer/report/preview.ts";
import { slicePng } from "../../../src/peer/report/slices.ts";
import { preview } from "./_sample.ts";

const SHAPE = [3, 2, 4] as const;
const voxels = (fill: (z: number, y: number, x: number) => number) =>
  Array.from({ length: 24 }, (_, i) => fill(Math.floor(i / 8), Math.floor(i / 4) % 2, i % 4));

/** Reads the planes of a whole volume. */
const planesOf = <T extends Float32Array | Uint8Array>(volume: T) => (z: number) =>
  volume.subarray(8 * z, 8 * (z + 1)) as T;

Deno.test("the slice with the most labelled voxels of the truth is shown", () => {
  const truth = planesOf(Uint8Array.from(voxels((z, _, x) => (z === 2 && x > 0) || x === 1 ? 1 : 0)));
  const pretrained = planesOf(Uint8Array.from(voxels((z) => z === 0 ? 1 : 0)));
  const image = planesOf(new Float32Array(24));
  assertEquals(makePreview({ case: "a", shape: SHAPE, image, truth, pretrained }).slice, 2);
});

Deno.test("without truth the predictions choose the slice, and without any foreground the middle is shown", () => {
  const image = planesOf(new Float32Array(24)), truth = planesOf(new Uint8Array(24));
  const pretrained = planesOf(Uint8Array.from(voxels((z) => z === 0 ? 1 : 0)));
  assertEquals(makePreview({ case: "a", shape: SHAPE, image, truth, pretrained }).slice, 0);
  assertEquals(makePreview({ case: "a", shape: SHAPE, image }).slice, 1);
});

Deno.test("anterior is up and the patient's right on the left of the picture", () => {
  // RAS: y grows to anterior, x to the right
  const truth = Uint8Array.from(voxels((z, y, x) => z === 1 && y === 1 && x === 3 ? 5 : 0));
  const { truth: shown, width, height } = makePreview({
    case: "a",
    shape: SHAPE,
    image: planesOf(new Float32Array(24)),
    truth: planesOf(truth),
  });
  assertEquals([width, height], [4, 2]);
  assertEquals([...shown!], [5, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("grey values span 0 to 255 over the slice, values that are not finite are black, a flat slice is no error", () => {
  const image = Float32Array.from(voxels((_, y, x) => y * 4 + x));
  const source = { case: "a", shape: SHAPE, image: planesOf(image) };
  const { image: grey } = makePreview(source);
  assertEquals([grey[0], grey[7]], [255, 0]);
  image[8] = NaN;
  assertEquals(makePreview(source).image[7], 0);
  assertEquals(makePreview({ ...source, image: planesOf(new Float32Array(24)) }).image[0], 0);
});

Deno.test("a plane of another size is refused by name", () => {
  const image = planesOf(new Float32Array(24));
  const source = { case: "a", shape: SHAPE, image, pretrained: () => new Uint8Array(7) };
  assertThrows(() => makePreview(source), RangeError, "a plane of pretrained must hold 8 voxels, it holds 7");
});

Deno.test("a slice becomes a PNG, grey without labels, coloured where a label lies", () => {
  const picture = preview();
  const grey = decode(slicePng(picture, null, [1, 2]));
  assertEquals([grey.width, grey.height, grey.channels], [200, 200, 1]);
  const coloured = decode(slicePng(picture, picture.truth, [1, 2]));
  assertEquals(coloured.channels, 3);
  const at = (x: number, y: number) => [...coloured.data.slice((y * 200 + x) * 3, (y * 200 + x) * 3 + 3)];
  assertEquals(at(0, 0), [0, 0, 0]);
  assertEquals(new Set(at(150, 50)).size > 1, true, "label 1 is tinted");
  assertEquals(new Set(at(150, 150)).size, 1, "background stays grey");
});

Deno.test("pixels that are taller than wide are drawn taller", () => {
  const png = decode(slicePng({ ...preview(), pixelAspect: 2 }, null, []));
  assertEquals([png.width, png.height], [100, 200]);
});
