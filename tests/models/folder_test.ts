import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { readModel, readModelDescription, readSegmentationModel, writeModel } from "../../src/models/folder.ts";
import { withDirectory } from "../peer/_site.ts";
import { encoderFacts, facts, VECTORS } from "./_model.ts";

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Writes `model.json` again with other fields, and reads it. */
async function refused(folder: string, change: (json: Record<string, unknown>) => void): Promise<string> {
  await writeModel(folder, facts(), VECTORS);
  const path = join(folder, "model.json"), json = JSON.parse(await Deno.readTextFile(path));
  change(json);
  await Deno.writeTextFile(path, JSON.stringify(json));
  const { message } = await assertRejects(() => readModel(folder), UserError);
  return message.replaceAll(folder, "MODEL");
}

Deno.test("a model and an encoder are read as they were written, and lie in a folder with a card", () =>
  withDirectory(async (directory) => {
    const folder = join(directory, "results", "model");
    const written = await writeModel(folder, facts(), VECTORS);
    assertEquals(written.weights.values, 3);
    assertEquals(await names(folder), ["MODEL_CARD.md", "model.json", "weights.safetensors"]);
    const { description, vectors } = await readSegmentationModel(folder);
    assertEquals([description, vectors], [written, VECTORS.map((vector) => ({ ...vector }))]);
    const encoder = join(directory, "results", "encoder");
    await writeModel(encoder, encoderFacts(), VECTORS);
    assertEquals((await readModel(encoder)).description.kind, "encoder");
    await assertRejects(() => readSegmentationModel(encoder), UserError, "an encoder predicts nothing before it is");
  }));

Deno.test("a model takes an earlier one's place as a whole, and what a killed process left goes", () =>
  withDirectory(async (directory) => {
    const folder = join(directory, "model");
    await writeModel(folder, facts(), VECTORS);
    await Deno.writeTextFile(join(folder, "note.txt"), "of the earlier one");
    await Deno.mkdir(`${folder}.0123abcd.tmp`);
    await Deno.mkdir(join(directory, "model.of.mine.tmp"));
    await writeModel(folder, facts({ site: "south" }), VECTORS);
    assertEquals(await names(directory), ["model", "model.of.mine.tmp"]);
    assertEquals(await names(folder), ["MODEL_CARD.md", "model.json", "weights.safetensors"]);
    assertEquals((await readModel(folder)).description.site, "south");
  }));

Deno.test("where a model cannot be written the earlier one stays, and nothing is left beside it", () =>
  withDirectory(async (directory) => {
    const folder = join(directory, "model");
    await writeModel(folder, facts(), VECTORS);
    const labels = { 1: "kidney" }; // of three classes
    await assertRejects(() => writeModel(folder, facts({ labels }), VECTORS), UserError, '"labels" must name');
    await Deno.writeTextFile(join(directory, "file"), "");
    const error = await assertRejects(() => writeModel(join(directory, "file", "model"), facts(), VECTORS), UserError);
    assertMatch(error.message, /^writing a model: .*file\/model\)$/);
    assertEquals(await names(directory), ["file", "model"]);
    assertEquals((await readModel(folder)).description.site, "north");
  }));

Deno.test("a model.json of another version, with a field missing or wrong, is refused with the field and the rule", () =>
  withDirectory(async (directory) => {
    const refuse = (change: (json: Record<string, unknown>) => void) => refused(join(directory, "model"), change);
    assertEquals(
      await refuse((json) => json.version = 2),
      'reading a model: "version" must be 1; it was written by a newer syncytium (MODEL/model.json: 2)',
    );
    assertEquals(
      await refuse((json) => delete json.format),
      'reading a model: "format" must be "syncytium model" (MODEL/model.json)',
    );
    assertEquals(
      await refuse((json) => delete json.patch),
      'reading a model: this field is missing (MODEL/model.json, field "patch")',
    );
    assertEquals(
      await refuse((json) => json.kind = "decoder"),
      'reading a model: must be "segmentation" or "encoder" (MODEL/model.json, field "kind": decoder)',
    );
    assertMatch(
      await refuse((json) => json.patch = [7, 8, 8]),
      /must be positive multiples of \[2, 2, 2\].*field "patch"/,
    );
    assertMatch(
      await refuse((json) => (json.preparation as Record<string, unknown>).normalisation = { name: "minmax" }),
      /as this version prepares volumes .*field "preparation.normalisation": \{"name":"minmax"\}\)$/,
    );
    assertMatch(
      await refuse((json) => (json.weights as Record<string, unknown>).file = "../weights.safetensors"),
      /must be the name of a file beside .*field "weights.file"/,
    );
    assertMatch(
      await refuse((json) => json.channels = ["T1", "T2"]),
      /"channels" must name as many as "network" has .*2 for 1/,
    );
  }));

Deno.test("fields that a later writer adds are passed over", () =>
  withDirectory(async (directory) => {
    const folder = join(directory, "model"), path = join(folder, "model.json");
    const written = await writeModel(folder, facts(), VECTORS);
    const json = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...json, calibrated: true }));
    assertEquals(await readModelDescription(folder), written);
  }));

Deno.test("weights that are damaged, of another model or gone are refused, and a folder without model says where one is", () =>
  withDirectory(async (directory) => {
    const folder = join(directory, "results", "model"), weights = join(folder, "weights.safetensors");
    await writeModel(folder, facts(), VECTORS);
    const bytes = await Deno.readFile(weights);
    bytes[bytes.length - 1] ^= 1;
    await Deno.writeFile(weights, bytes);
    await assertRejects(() => readModel(folder), UserError, "the weights must be those that model.json names");
    await Deno.remove(weights);
    await assertRejects(() => readModel(folder), UserError, "its weights must be there");
    await assertRejects(() => readModel(directory), UserError, `there is a model in ${folder} (${directory})`);
    await assertRejects(
      () => readModel(join(directory, "none")),
      UserError,
      `the folder must hold model.json (${join(directory, "none")})`,
    );
  }));
