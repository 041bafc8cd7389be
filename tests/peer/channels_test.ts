/** A site whose images have two channels, from its files to its predictions. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { prepareCase } from "../../src/data/prepare.ts";
import { wasmEngine } from "../../src/engine/engines/wasm.ts";
import { readSegmentationModel } from "../../src/models/folder.ts";
import { keepModel } from "../../src/peer/_keeping.ts";
import type { CaseDice } from "../../src/peer/report/schema.ts";
import { checkSite, checkSiteLabels, openSite } from "../../src/peer/site_data.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import { findInputs } from "../../src/prediction/inputs.ts";
import { Predictor } from "../../src/prediction/predictor.ts";
import { handMadeFile } from "../data/_files.ts";
import { siteIn, withDirectory } from "./_site.ts";

const ignore = () => {};

Deno.test("two channels go through checks, pre-training, fine-tuning, prediction and previews, and the kept model predicts the same", () =>
  withDirectory(async (directory) => {
    const data = join(directory, "phantoms");
    await writePhantomCohort(data, { sites: 1, casesPerSite: 6, channels: 2 });
    const configuration = siteIn(directory, {
      data: { directory: data, spacing: [8, 8, 8], labelled: 2 },
      schedule: { rounds: 1, stepsPerRound: 2, exchanges: 0 },
    });
    const site = await openSite(configuration);
    assertEquals([await checkSite(site, configuration), await checkSiteLabels(site, configuration)], [[], []]);
    const trainer = new Trainer({ among: [wasmEngine] });
    const { channels, layout } = await trainer.open(configuration, ignore);
    assertEquals(channels, ["T1", "T2"]);
    const [first] = layout.filter(({ name }) => name.endsWith("encoder/level0/block0/filter"));
    assertEquals(first.shape, [3, 3, 3, 2, 2]);
    const { vector, skipped } = await trainer.round(1, [], ignore);
    assertEquals(skipped, 0);
    await trainer.adopt(1, { vector });
    const told: CaseDice[] = [];
    for (const method of ["pretrained", "scratch"] as const) {
      const { losses } = await trainer.segment(method, ignore, (dice) => told.push(dice));
      assert(losses.length === 3 && losses.every(Number.isFinite), `${losses}`);
    }
    const { references: { test } } = site;
    assertEquals(told.length, 2 * test.length);
    const [{ id, image }] = test;
    const output = join(configuration.outputDirectory, "predictions", "pretrained", `${id}.nii.gz`);
    const [of, predicted] = [await readVolume(image), await readVolume(output)];
    assertEquals([predicted.dims, predicted.affine], [of.dims, of.affine]);
    const [preview] = await trainer.previews();
    assertEquals(preview.image.length, preview.width * preview.height);

    const { dataset } = site, cases = { training: 4, labelled: 2, probe: 0, test: test.length };
    const folder = await keepModel(
      { trained: { rounds: 1, steps: 3 }, configuration, dataset, cases, members: [], names: new Map() },
      await trainer.network("pretrained"),
      { method: "pretrained", dice: told.filter(({ method }) => method === "pretrained") },
    );
    const predictor = new Predictor(await readSegmentationModel(folder));
    const found = new Map(
      (await findInputs(data, predictor.description.channels)).cases.map((each) => [each.id, each]),
    );
    assertEquals(found.size, 6);
    for (const { id } of test) {
      const { prediction } = await predictor.predict(found.get(id)!);
      const own = join(configuration.outputDirectory, "predictions", "pretrained", `${id}.nii.gz`);
      assertEquals(prediction.data, Uint8Array.from((await readVolume(own)).data));
    }
    predictor.dispose();
  }));

Deno.test("the frames of a Decathlon's file are prepared as a file a channel is", () =>
  withDirectory(async (directory) => {
    const data = join(directory, "phantoms");
    await writePhantomCohort(data, { sites: 1, casesPerSite: 1, channels: 2 });
    const files = await openDataset(data);
    const [reference] = files.cases;
    const wanted = await prepareCase(reference, { spacing: [4, 4, 4] }, files);
    const volumes = await Promise.all(reference.images!.map((path) => readVolume(path)));
    const [{ dims, affine, spacing }] = volumes;
    const voxels = volumes.flatMap(({ data }) => [...data]);
    const bytes = handMadeFile({
      ...{ dims: [...dims, 2], code: 16, bytesPerVoxel: 4, pixdim: [...spacing, 1] },
      ...{ sformCode: 1, srow: affine.slice(0, 3) },
      put: (view, offset, index, le) => view.setFloat32(offset, voxels[index], le),
    });
    await Deno.writeFile(join(data, "imagesTr", "all.nii"), bytes);
    const description = JSON.parse(await Deno.readTextFile(join(data, "dataset.json")));
    description.training = [{ image: "./imagesTr/all.nii", label: description.training[0].label }];
    await Deno.writeTextFile(join(data, "dataset.json"), JSON.stringify(description));
    await Deno.remove(join(data, "sites.tsv"));
    const decathlon = await openDataset(data);
    assertEquals([decathlon.format, decathlon.channels], ["msd", ["T1", "T2"]]);
    const prepared = await prepareCase(decathlon.cases[0], { spacing: [4, 4, 4] }, decathlon);
    assertEquals([prepared.channels, prepared.shape], [2, wanted.shape]);
    assertEquals(prepared.image, wanted.image);
    assertEquals(prepared.label, wanted.label);
  }));
