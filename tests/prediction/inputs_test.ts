import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { findInputs } from "../../src/prediction/inputs.ts";
import { writeSeries } from "../data/dicom/_write.ts";
import { withDirectory } from "../peer/_site.ts";

/** Finds what is in a folder of empty files; paths are told from the folder. */
async function found(names: readonly string[], channels: readonly string[], input = ""): Promise<unknown> {
  let result: unknown;
  await withDirectory(async (directory) => {
    for (const name of names) {
      await Deno.mkdir(dirname(join(directory, name)), { recursive: true });
      const isDescription = name.endsWith("dataset.json");
      await Deno.writeTextFile(join(directory, name), isDescription ? DESCRIPTION : "");
    }
    const { cases, faulty } = await findInputs(join(directory, input), channels);
    const short = (path: string) => path.slice(directory.length + 1);
    result = {
      cases: cases.map(({ id, image, images, frames }) => [id, frames ?? (images ?? [image]).map(short).join(" ")]),
      ...(faulty.length > 0 && { faulty: faulty.map(({ id }) => id) }),
    };
  });
  return result;
}

const DESCRIPTION = JSON.stringify({ name: "spleens", modality: { 0: "CT" }, training: [], labels: { 1: "spleen" } });
const [ONE, TWO] = [["CT"], ["T1", "T2"]];

async function refused(names: readonly string[], channels: readonly string[], rule: string, input = ""): Promise<void> {
  await assertRejects(() => found(names, channels, input), UserError, rule);
}

Deno.test("a plain folder gives a case a file, by its name; what is no volume is passed over", async () => {
  assertEquals(await found(["b.nii", "a.nii.gz", "._a.nii.gz", "notes.txt", "c.hdr", "c.img"], ONE), {
    cases: [["a", "a.nii.gz"], ["b", "b.nii"], ["c", "c.hdr"]],
  });
  // numbers of four digits are no channels where no case has a first one
  assertEquals(await found(["p_0001.nii", "p_0002.nii"], ONE), {
    cases: [["p_0001", "p_0001.nii"], ["p_0002", "p_0002.nii"]],
  });
  assertEquals(await found(["a.nii.gz"], TWO), { cases: [["a", 2]] }); // frames of one file
});

Deno.test("nnU-Net's names give a case its channels in their order, and one at fault is left out by its name", async () => {
  assertEquals(await found(["a_0000.nii.gz", "b_0000.nii.gz"], ONE), {
    cases: [["a", "a_0000.nii.gz"], ["b", "b_0000.nii.gz"]],
  });
  const names = ["a_0001.nii.gz", "a_0000.nii.gz", "b_0000.nii.gz", "c_0000.nii.gz", "c_0002.nii.gz"];
  assertEquals(await found(names, TWO), { cases: [["a", "a_0000.nii.gz a_0001.nii.gz"]], faulty: ["b", "c"] });
  await refused(
    ["a_0000.nii", "a_0001.nii"],
    ONE,
    "the model reads images of one channel, so a case must have as many",
  );
  await refused(["a_0000.nii"], TWO, "the model reads images of 2 channels (T1, T2)");
});

Deno.test("a file is one case, with the other channels beside it", async () => {
  const names = ["a_0000.nii.gz", "a_0001.nii.gz", "b_0000.nii.gz"];
  assertEquals(await found(names, TWO, "a_0000.nii.gz"), { cases: [["a", "a_0000.nii.gz a_0001.nii.gz"]] });
  assertEquals(await found(["x.nii"], ONE, "x.nii"), { cases: [["x", "x.nii"]] });
  await refused(["x.txt"], ONE, "the input must be a .nii, .nii.gz, .hdr, .mha", "x.txt");
  await refused([], ONE, "the input must exist", "x.nii");
});

Deno.test("of a data set the images to be tested count, else those to be trained with", async () => {
  const train = ["imagesTr/a.nii.gz", "labelsTr/a.nii.gz", "dataset.json"];
  assertEquals(await found([...train, "imagesTs/b.nii.gz"], ONE), { cases: [["b", "imagesTs/b.nii.gz"]] });
  assertEquals(await found(train, ONE), { cases: [["a", "imagesTr/a.nii.gz"]] });
  await refused(train, TWO, "the model reads images of 2 channels (T1, T2)");
});

Deno.test("images in a folder a patient are found as in any data set", async () => {
  assertEquals(await found(["p1/ct.nii", "p2/ct.nii"], ONE), {
    cases: [["p1_ct", "p1/ct.nii"], ["p2_ct", "p2/ct.nii"]],
  });
});

Deno.test("an empty folder, two files of one name and label files among images are refused", async () => {
  await refused(["notes.txt"], ONE, "the folder must hold a volume at least (.nii, .nii.gz, .mha, .nrrd)");
  await refused(["1.dcm"], ONE, "a file of this name must begin as DICOM files do");
  await refused(["a.nii", "a.nii.gz"], ONE, "every case must have a name of its own");
  await refused(["a.nii", "a_seg.nii"], ONE, "take the label files away");
});

Deno.test("a folder of DICOM series gives a case a series, and a slice its own", () =>
  withDirectory(async (directory) => {
    const other = (z: number) => ({ "0020,000e": "1.2.4", "0008,0018": `1.2.4.${z}`, "0020,0011": "5" });
    await writeSeries(join(directory, "p1"), 3);
    await writeSeries(join(directory, "p2"), 3, other);
    const all = await findInputs(directory, ONE);
    assertEquals(all.cases.map(({ id, subject, image }) => [id, subject, image]), [
      ["p1_s4_t2_ax", "p1_s4_t2_ax", join(directory, "p1", "0.dcm")],
      ["p2_s5_t2_ax", "p1_s4_t2_ax", join(directory, "p2", "0.dcm")],
    ]);
    assertEquals(all.folders, [join(directory, "p1"), join(directory, "p2")]);
    const one = await findInputs(join(directory, "p2", "1.dcm"), ONE);
    assertEquals(one.cases.map(({ id, image }) => [id, image]), [["s5_t2_ax", join(directory, "p2", "0.dcm")]]);
    await assertRejects(() => findInputs(directory, TWO), UserError, "the model reads images of 2 channels (T1, T2)");
  }));
