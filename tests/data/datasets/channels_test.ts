/** Images of several channels, as the layouts have them. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { checkCases } from "../../../src/data/checks/check_cases.ts";
import { datasetFormats, openDataset } from "../../../src/data/datasets/registry.ts";
import { withFolder } from "../_files.ts";
import { lay, MSD, NNUNET, PAIRS, volumes } from "./_lay.ts";

const TWO = { "0": "T1", "1": "T2" };
const V2 = { ...NNUNET, channel_names: TWO };
const V1 = { ...MSD, modality: TWO };
const FILES_V2 = volumes("imagesTr/a_0000.nii", "imagesTr/a_0001.nii", "labelsTr/a.nii");
const FILES_V1 = volumes(
  ...["a", "b"].flatMap((id) => [`imagesTr/${id}_0000.nii`, `imagesTr/${id}_0001.nii`, `labelsTr/${id}.nii`]),
);
const FRAMES = { ...PAIRS, "imagesTr/a.nii": [2, 2, 2, 2], "imagesTr/b.nii": [2, 2, 2, 2] };

/** What is opened of these files, its headers checked; paths from the folder. */
async function opened(files: Record<string, unknown>) {
  let found: unknown[] = [];
  await withFolder(async (directory) => {
    await lay(directory, files);
    const { format, channels, cases } = await openDataset(directory);
    await checkCases(cases);
    const inside = (path: string) => path.slice(directory.length + 1);
    const [{ id, image, images, frames }] = cases;
    found = [format, channels, id, inside(image), images?.map(inside), frames];
  });
  return found;
}

/** What lies, and what is said of the dataset: format, channels, and of its first case id, image, images, frames. */
const LAYOUTS: [string, Record<string, unknown>, unknown[]][] = [
  ["nnU-Net v2, a file a channel", { ...FILES_V2, "dataset.json": V2 }, [
    ...["nnunet", ["T1", "T2"], "a", "imagesTr/a_0000.nii"],
    ...[["imagesTr/a_0000.nii", "imagesTr/a_0001.nii"], undefined],
  ]],
  [
    "nnU-Net v2, files listed",
    {
      ...volumes("x/t1.nii", "x/t2.nii"),
      "dataset.json": { ...V2, dataset: { one: { images: ["x/t1.nii", "x/t2.nii"] } } },
    },
    ["nnunet", ["T1", "T2"], "one", "x/t1.nii", ["x/t1.nii", "x/t2.nii"], undefined],
  ],
  ["nnU-Net v1, a file a channel", { ...FILES_V1, "dataset.json": V1 }, [
    ...["nnunet-v1", ["T1", "T2"], "a", "imagesTr/a_0000.nii"],
    ...[["imagesTr/a_0000.nii", "imagesTr/a_0001.nii"], undefined],
  ]],
  ["the Decathlon, a frame a channel", { ...FRAMES, "dataset.json": V1 }, [
    ...["msd", ["T1", "T2"], "a", "imagesTr/a.nii", undefined, 2],
  ]],
  [
    "the Decathlon, channels in a list and files listed",
    {
      ...volumes("t1.nii", "t2.nii", "labelsTr/a.nii"),
      "dataset.json": {
        ...MSD,
        modality: ["T1", "T2"],
        numTraining: 1,
        training: [{ image: ["t1.nii", "t2.nii"], label: "labelsTr/a.nii" }],
      },
    },
    ["msd", ["T1", "T2"], "t1", "t1.nii", ["t1.nii", "t2.nii"], undefined],
  ],
  ["one channel says nothing of channels", { ...PAIRS, "dataset.json": { ...MSD, modality: { "0": "MRI" } } }, [
    ...["msd", undefined, "a", "imagesTr/a.nii", undefined, undefined],
  ]],
];

for (const [name, files, wanted] of LAYOUTS) {
  Deno.test(`channels: ${name}`, async () => {
    assertEquals(await opened(files), wanted);
  });
}

Deno.test("images for a test elsewhere may be named in tables with several channels, too", async () => {
  const table = "case\tsubject\na\tp\nz\tq\n";
  const files = { ...FILES_V2, ...volumes("imagesTs/z_0000.nii", "imagesTs/z_0001.nii"), "subjects.tsv": table };
  assertEquals((await opened({ ...files, "dataset.json": V2 }))[2], "a");
});

/** What lies, and what the one sentence must say. */
const REFUSED: [string, Record<string, unknown>, string][] = [
  [
    "a case of nnU-Net v1 that lacks a channel",
    { ...FILES_V1, "imagesTr/b_0001.nii": undefined, "dataset.json": V1 },
    "every case must have all channels (T1, T2), and case b has no file of channel 1, T2 (",
  ],
  [
    "a channel of nnU-Net v2 that nobody named",
    { ...FILES_V2, ...volumes("imagesTr/a_0002.nii"), "dataset.json": V2 },
    "an image's name must be CASE_0000.nii or CASE_0001.nii (",
  ],
  [
    "a channel of nnU-Net v1 that nobody named",
    { ...FILES_V1, ...volumes("imagesTr/a_0002.nii"), "dataset.json": V1 },
    "the field modality must name every channel, and it names 2 (",
  ],
  [
    "a list of files that is too long",
    { ...PAIRS, "dataset.json": { ...V1, training: [{ image: ["a", "b", "c"] }, MSD.training[1]] } },
    "its image, one file for each of the channels T1, T2 or one of 2 frames and its label",
  ],
  [
    "one file for two channels",
    {
      ...FILES_V2,
      "dataset.json": { ...V2, dataset: { a: { images: ["imagesTr/a_0000.nii", "imagesTr/a_0000.nii"] } } },
    },
    "every case must have an image of its own (",
  ],
  [
    "a file of too few frames",
    { ...FRAMES, "imagesTr/b.nii": [2, 2, 2, 3], "dataset.json": V1 },
    "an image must have 2 frames, one for each channel that dataset.json names (",
  ],
  ["a 3D file for two channels", { ...PAIRS, "dataset.json": V1 }, "an image must have 2 frames"],
  ["frames that nobody named", { ...FRAMES, "dataset.json": MSD }, "must name the channels that its frames are ("],
  [
    "more channels than can be",
    { ...FRAMES, "dataset.json": { ...MSD, modality: Array.from({ length: 65 }, () => "T") } },
    "there may be 64 channels (",
  ],
];

for (const [what, files, sentence] of REFUSED) {
  Deno.test(`channels: ${what}: one sentence`, async () => {
    await assertRejects(() => opened(files), UserError, sentence);
  });
}

Deno.test("a layout of a program's own that gives cases of other channels than it says is refused", async () => {
  const files = volumes("a.nii", "b.nii", "c.nii");
  await withFolder(async (directory) => {
    await lay(directory, files);
    const path = (name: string) => `${directory}/${name}.nii`;
    const cases = [{ id: "x", subject: "x", image: path("a"), images: ["a", "b", "c"].map(path) }];
    const dataset = { name: "own", directory, format: "own", labels: new Map(), cases, channels: ["T1", "T2"] };
    const takeAway = datasetFormats.register({
      name: "own",
      matches: () => true,
      open: () => Promise.resolve(dataset),
    });
    await assertRejects(() => openDataset(directory), UserError, "as many channels as the dataset, 2 (");
    takeAway();
  });
});
