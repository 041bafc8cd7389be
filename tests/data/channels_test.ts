/** Images of several channels: prepared, cut and changed channel by channel. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { augmentIntensity } from "../../src/data/augmentation/intensity.ts";
import { channelOf, channelsOfCases, writeChannelsLast } from "../../src/data/channels.ts";
import { checkCases } from "../../src/data/checks/check_cases.ts";
import type { CaseReference } from "../../src/data/datasets/dataset.ts";
import { samplePatch } from "../../src/data/patches.ts";
import { prepareCase } from "../../src/data/prepare.ts";
import { counting, type HandMade, withFolder } from "./_files.ts";

const DIMS = [9, 7, 6], VOXELS = 9 * 7 * 6;
const SROW = [[2, 0, 0, -9], [0, 2, 0, -7], [0, 0, 3, 4]];
const PLACED: Partial<HandMade> = { sformCode: 1, srow: SROW, pixdim: [2, 2, 3] };
const PLAN = { spacing: [3, 3, 3] as const };
const SCHEME = { labels: new Map([[1, "one"]]) };

/** Some int16 value of voxel `index` of a channel. */
const valueOf = (index: number, channel: number) => (index * (37 + 100 * channel) + 11 * channel) % 251;

/** A file of the channels from `first` on, as many as it has frames. */
function file(first: number, spec: Partial<HandMade> = {}, dims = DIMS): Uint8Array<ArrayBuffer> {
  const put: HandMade["put"] = (view, offset, index, le) =>
    view.setInt16(offset, valueOf(index % VOXELS, first + Math.floor(index / VOXELS)), le);
  return counting(dims, { ...PLACED, put, ...spec });
}

/** The same channel with its x axis stored the other way about. */
function reversed(channel: number): Uint8Array<ArrayBuffer> {
  const [width] = DIMS;
  const turned = (index: number) => index - index % width + width - 1 - index % width;
  const srow = SROW.map((row, axis) => axis === 0 ? [-2, 0, 0, -9 + 2 * (width - 1)] : row);
  const put: HandMade["put"] = (view, offset, index, le) => view.setInt16(offset, valueOf(turned(index), channel), le);
  return file(channel, { srow, put });
}

/** A case of the files, one a channel. */
async function caseOf(directory: string, files: readonly Uint8Array[]): Promise<CaseReference> {
  const images = files.map((_, channel) => `${directory}/a_000${channel}.nii`);
  for (const [channel, path] of images.entries()) await Deno.writeFile(path, files[channel]);
  return { id: "a", subject: "a", image: images[0], ...(images.length > 1 && { images }) };
}

const prepared = async (directory: string, ...files: readonly Uint8Array[]) =>
  await prepareCase(await caseOf(directory, files), PLAN, SCHEME);

Deno.test("each channel is prepared as it would be alone, whatever its axes, a file or a frame each", () =>
  withFolder(async (directory) => {
    const alone: number[] = [];
    for (const channel of [0, 1]) {
      const { channels, image } = await prepared(directory, file(channel));
      assertEquals(channels, 1);
      alone.push(...image);
    }
    const several = await prepared(directory, file(0), file(1));
    assertEquals([several.channels, several.shape], [2, [6, 5, 6]]);
    assertEquals([...several.image], alone);
    assertEquals([...(await prepared(directory, file(0), reversed(1))).image], alone);
    const image = `${directory}/frames.nii`;
    await Deno.writeFile(image, file(0, {}, [...DIMS, 2]));
    const frames = await prepareCase({ id: "a", subject: "a", image, frames: 2 }, PLAN, SCHEME);
    assertEquals([frames.channels, [...frames.image]], [2, alone]);
    assertEquals(frames.source.dims, DIMS);
  }));

Deno.test("channels that do not lie in one place are refused with both files, from headers and voxels", () =>
  withFolder(async (directory) => {
    const away = SROW.map((row, axis) => axis === 0 ? [...row.slice(0, 3), row[3] + 3] : row);
    const moved = await caseOf(directory, [file(0), file(1, { srow: away })]);
    for (const look of [() => checkCases([moved]), () => prepareCase(moved, PLAN, SCHEME)]) {
      const { message } = await assertRejects(look, UserError);
      const rule = "the voxels of all channels of a case must lie where those of its first one do, within half a voxel";
      assertStringIncludes(message, `${rule} (${moved.images![1]} beside ${moved.image}: up to 3 mm away)`);
    }
    const two = [moved, { ...moved, id: "b" }];
    await assertRejects(() => checkCases(two), UserError, "; 1 more case is at fault, too");
    const longer = await caseOf(directory, [file(0), file(1, {}, [9, 7, 7])]);
    await assertRejects(() => checkCases([longer]), UserError, "must have the shape of its first one, 9x7x6 (");
    const slightly = SROW.map((row, axis) => axis === 0 ? [...row.slice(0, 3), row[3] + 0.5] : row);
    const { warnings } = await checkCases([await caseOf(directory, [file(0), file(1, { srow: slightly })])]);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0], "a_0001.nii: the channel lies up to 0.5 mm, 0.25 voxels, beside its image");
  }));

Deno.test("a channel without contrast is refused by its file, or by its frame", () =>
  withFolder(async (directory) => {
    const flat: HandMade["put"] = (view, offset, index, le) =>
      view.setInt16(offset, index < VOXELS ? valueOf(index, 0) : 7, le);
    const even: HandMade["put"] = (view, offset, _, le) => view.setInt16(offset, 7, le);
    await assertRejects(() => prepared(directory, file(0), file(1, { put: even })), UserError, "a_0001.nii: 7.0000");
    const image = `${directory}/frames.nii`;
    await Deno.writeFile(image, file(0, { put: flat }, [...DIMS, 2]));
    const reference = { id: "a", subject: "a", image, frames: 2 };
    await assertRejects(() => prepareCase(reference, PLAN, SCHEME), UserError, "frames.nii, frame 1: 7.0000");
    const more = { ...reference, frames: 3 };
    await assertRejects(() => prepareCase(more, PLAN, SCHEME), UserError, "a frame for each of 3 channels (");
  }));

Deno.test("a patch has the same voxels of each channel, and the intensities of each are changed for themselves", () =>
  withFolder(async (directory) => {
    const shape = [4, 4, 4] as const, geometry = { rotation: 20, scale: [0.8, 1.2] as const };
    const cut = (one: Awaited<ReturnType<typeof prepared>>) => samplePatch(one, { shape, rng: new Rng(3), geometry });
    const both = await prepared(directory, file(0), file(1));
    const alone = both.image.length / 2;
    const of = (channel: number) => ({
      ...both,
      channels: 1,
      image: both.image.slice(channel * alone, (channel + 1) * alone),
    });
    const patch = cut(both);
    assertEquals([...patch.image], [...cut(of(0)).image, ...cut(of(1)).image]);
    assertEquals(patch.toVolume, cut(of(0)).toVolume);
    const scaled = augmentIntensity(patch, { scale: [0.5, 2] }, new Rng(1));
    const factors = [0, 1].map((channel) => {
      const [before, after] = [patch, scaled].map(({ image, channels }) => channelOf(image, channel, channels));
      const factor = after[0] / before[0];
      after.forEach((value, i) => assert(Math.abs(value - factor * before[i]) < 1e-4));
      return factor;
    });
    assert(Math.abs(factors[0] - factors[1]) > 0.01, `${factors}`);
  }));

Deno.test("tensors have channels last", () => {
  const values = new Float32Array(9);
  writeChannelsLast(Float32Array.of(1, 2, 3, 10, 20, 30), 2, values, 3);
  assertEquals([...values], [0, 0, 0, 1, 10, 2, 20, 3, 30]);
  writeChannelsLast(Float32Array.of(7, 8, 9), 1, values, 0);
  assertEquals([...values.subarray(0, 3)], [7, 8, 9]);
});

Deno.test("cases of different channels do not train one network", () => {
  assertEquals(channelsOfCases([{ id: "a", channels: 2 }, { id: "b", channels: 2 }]), 2);
  const rule = "as many channels, got a 2 and b 1";
  assertThrows(() => channelsOfCases([{ id: "a", channels: 2 }, { id: "b", channels: 1 }]), RangeError, rule);
});
