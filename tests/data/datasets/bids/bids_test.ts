import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../../src/core/errors.ts";
import type { Dataset } from "../../../../src/data/datasets/dataset.ts";
import { openDataset } from "../../../../src/data/datasets/registry.ts";
import { withFolder } from "../../_files.ts";
import { lay, volumes } from "../_lay.ts";

const DESCRIPTION = { "dataset_description.json": { Name: "Brains", BIDSVersion: "1.10.0" } };
const IMAGES = volumes(
  "sub-01/anat/sub-01_T1w.nii",
  "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii",
  "sub-02/ses-2/anat/sub-02_ses-2_T1w.nii",
);
const DERIVED = "derivatives/manual";
const LABELS = {
  ...volumes(
    `${DERIVED}/sub-01/anat/sub-01_dseg.nii`,
    `${DERIVED}/sub-02/ses-1/anat/sub-02_ses-1_space-orig_desc-manual_dseg.nii`,
  ),
  [`${DERIVED}/dseg.tsv`]: "index\tname\tcolor\n0\tBackground\tx\n1\thead\tx\n2\ttail\tx\n",
};

async function open(files: Record<string, unknown>): Promise<Dataset> {
  let dataset: Dataset | undefined;
  await withFolder(async (directory) => {
    await lay(directory, files);
    dataset = await openDataset(directory);
  });
  return dataset!;
}

Deno.test("a BIDS dataset is opened with its derivatives' segmentations, persons and sites", async () => {
  const participants = "participant_id\tage\tsex\tSite\nsub-01\t9\tF\tnorth\nsub-02\t8\tM\tsouth\n";
  const { format, name, cases, labels, notes } = await open({
    ...{ ...DESCRIPTION, ...IMAGES, ...LABELS },
    "participants.tsv": participants,
    "sub-01/func/sub-01_task-rest_bold.nii": [2, 2, 2, 3],
  });
  assertEquals([format, name, [...labels]], ["bids", "Brains", [[1, "head"], [2, "tail"]]]);
  assertEquals(cases.map(({ id, subject, site, label }) => [id, subject, site, label?.replace(/.*\//, "")]), [
    ["sub-01", "sub-01", "north", "sub-01_dseg.nii"],
    ["sub-02_ses-1", "sub-02", "south", "sub-02_ses-1_space-orig_desc-manual_dseg.nii"],
    ["sub-02_ses-2", "sub-02", "south", undefined],
  ]);
  assertEquals(notes, ["1 file without a segmentation: sub-02/ses-2/anat/sub-02_ses-2_T1w.nii"]);
});

Deno.test("without a description or derivatives it is known by its folders, and has no labels", async () => {
  const { format, cases, labels } = await open(IMAGES);
  assertEquals([format, cases.length, labels.size], ["bids", 3, 0]);
});

Deno.test("T1w is taken of several kinds of image, and the others are told", async () => {
  const { cases, notes } = await open({ ...IMAGES, ...volumes("sub-01/anat/sub-01_T2w.nii") });
  assertEquals(cases.length, 3);
  assertEquals(notes, ["1 file left out for want of the suffix T1w: sub-01/anat/sub-01_T2w.nii"]);
  assertEquals((await open(volumes("sub-01/anat/sub-01_T2w.nii"))).cases.length, 1);
});

Deno.test("a segmentation need not repeat what tells no image of a session from another", async () => {
  const image = volumes("sub-01/anat/sub-01_acq-mprage_run-01_T1w.nii");
  const label = (name: string) => volumes(`${DERIVED}/sub-01/anat/${name}_dseg.nii`);
  const table = { "dseg.tsv": "index\tname\n1\thead\n" };
  for (const name of ["sub-01", "sub-01_run-1", "sub-01_acq-mprage_run-01_T1w"]) {
    const { cases, notes } = await open({ ...image, ...label(name), ...table });
    assertEquals([typeof cases[0].label, notes], ["string", []], name);
  }
  const two = { ...image, ...volumes("sub-01/anat/sub-01_acq-mprage_run-02_T1w.nii") };
  const { cases, notes = [] } = await open({ ...two, ...label("sub-01"), ...table });
  assertEquals([cases.filter(({ label }) => label).length, notes.length], [0, 1]);
});

Deno.test("masks of one structure are labels, and those on another grid are not", async () => {
  const mask = (name: string) => volumes(`${DERIVED}/sub-01/anat/sub-01_${name}_mask.nii`);
  const { labels, cases } = await open({
    ...IMAGES,
    ...mask("label-lesion"),
    ...mask("desc-brain"),
    ...mask("space-MNI152NLin2009cAsym_label-lesion"),
    ...mask("res-2_label-lesion"),
  });
  assertEquals([[...labels], cases.filter(({ label }) => label).length], [[[1, "lesion"]], 1]);
});

Deno.test("participants may be written without sub-, and a folder without an image may have a row", async () => {
  const files = { ...IMAGES, "sub-03/func/sub-03_bold.json": {} };
  const { cases } = await open({ ...files, "participants.tsv": "participant_id\tsite\n01\tA\n02\tB\n03\tA\n" });
  assertEquals(cases.map(({ subject, site }) => [subject, site]), [["sub-01", "A"], ["sub-02", "B"], ["sub-02", "B"]]);
});

const REFUSED: [string, Record<string, unknown>, string][] = [
  ["a participant without a folder", { "participants.tsv": "participant_id\nsub-01\nsub-02\nsub-09\n" }, "tsv:4: part"],
  ["a folder without a participant", { "participants.tsv": "participant_id\nsub-01\n" }, "sub-02_ses-1, sub-02_ses-2"],
  ["two segmentations of an image", volumes("derivatives/b/sub-01/anat/sub-01_dseg.nii"), "must have one segmentation"],
  ["no table of structures", { [`${DERIVED}/dseg.tsv`]: undefined }, "must name the structures"],
  ["a table without names", { [`${DERIVED}/dseg.tsv`]: "index\tlabel\n1\tx\n" }, "columns `index` and `name`"],
  [
    "tables that differ",
    { [`${DERIVED}/sub-01/anat/sub-01_dseg.tsv`]: "index\tname\n1\thead\n" },
    "all tables must name the same structures",
  ],
];

for (const [what, files, sentence] of REFUSED) {
  Deno.test(`BIDS: ${what}: one sentence`, async () => {
    const { message } = await assertRejects(() => open({ ...DESCRIPTION, ...IMAGES, ...LABELS, ...files }), UserError);
    assert(message.includes(sentence), message);
  });
}

Deno.test("BIDS: several kinds of image without T1w, several masks, or no image at all: one sentence", async () => {
  const kinds = volumes("sub-01/anat/sub-01_T2w.nii", "sub-01/anat/sub-01_FLAIR.nii");
  await assertRejects(() => open(kinds), UserError, "1 FLAIR, 1 T2w");
  const masks = volumes(
    ...["a", "b"].map((of, i) => `${DERIVED}/sub-0${i + 1}/anat/sub-0${i + 1}_label-${of}_mask.nii`),
  );
  const images = volumes("sub-01/anat/sub-01_T1w.nii", "sub-02/anat/sub-02_T1w.nii");
  await assertRejects(() => open({ ...images, ...masks }), UserError, "masks must all be of one structure");
  await assertRejects(() => open({ ...DESCRIPTION, "sub-01/x.dcm": "x" }), UserError, "it holds DICOM (sub-01/x.dcm)");
});
