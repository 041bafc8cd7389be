/** What MONAI makes of a bundle against this project's own prediction. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { readVolume } from "../../../src/data/formats/read.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { exportModel } from "../../../src/exporting/formats.ts";
import { Predictor } from "../../../src/prediction/predictor.ts";
import { facts } from "../../models/_model.ts";
import { withDirectory } from "../../peer/_site.ts";
import { makeModel, writeBall } from "../../prediction/_model.ts";
import { pythonTest } from "../_python.ts";

const MODULES = ["torch", "monai", "nibabel", "ignite", "fire"];

await pythonTest(
  "monai.bundle predicts what predict does: turned, resampled, cropped, mirrored",
  MODULES,
  (python) =>
    withDirectory(async (directory) => {
      await startEngine({ engine: "wasm" });
      const path = (name: string) => join(directory, name);
      const model = await makeModel(path("model"), {
        channels: ["T1", "T2"],
        // along no axis do several windows lie elsewhere than MONAI's
        preparation: { ...facts().preparation, spacing: [2, 2, 2], crop: [8, 18, 16] },
        prediction: { mirror: { trained: ["x"], tested: ["x"] }, singleParts: { values: [1], kept: false } },
      });
      await exportModel(model, path("bundle"), { to: "monai" });
      await Deno.mkdir(path("in"));
      const images = [join(path("in"), "a_0000.nii.gz"), join(path("in"), "a_0001.nii.gz")];
      for (const [seed, image] of images.entries()) await writeBall(image, seed);
      const config = join(path("bundle"), "configs", "inference.json");
      const places = ["--bundle_root", path("bundle"), "--dataset_dir", path("in"), "--output_dir", path("out")];
      await python("-m", "monai.bundle", "run", "--config_file", config, ...places);
      const found = await readVolume(join(path("out"), "a_0000.nii.gz"));
      const predictor = new Predictor(model);
      try {
        const { prediction } = await predictor.predict({ id: "a", subject: "a", image: images[0], images });
        assertEquals([found.dims, found.orientation], [prediction.dims, prediction.orientation]);
        assertEquals(found.affine, prediction.affine);
        const classes = new Set(prediction.data);
        assertEquals(classes.size, 3, `too little to compare: ${[...classes]}`);
        const differing = found.data.filter((value, i) => value !== prediction.data[i]).length;
        assert(differing <= 0.005 * found.data.length, `${differing} of ${found.data.length} voxels differ`);
      } finally {
        predictor.dispose();
      }
    }),
);

Deno.test("a bundle says what goes in and out, and keeps largest parts and label values as the model does", () =>
  withDirectory(async (directory) => {
    const model = await makeModel(join(directory, "model"));
    const bundle = join(directory, "bundle");
    await exportModel(model, bundle, { to: "monai" });
    const read = async (name: string) => JSON.parse(await Deno.readTextFile(join(bundle, "configs", name)));
    const { required_packages_version: needed, network_data_format: { inputs, outputs } } = await read("metadata.json");
    assertEquals(Object.keys(needed), ["fire", "nibabel", "pytorch-ignite", "scikit-image"]);
    assertEquals([inputs.image.num_channels, inputs.image.spatial_shape], [1, [8, 8, 8]]);
    assertEquals(outputs.pred.channel_def, { 0: "background", 1: "kidney", 2: "tumour" });
    const { transforms } = (await read("inference.json")).postprocessing;
    const named = (target: string) => transforms.find(({ _target_ }: { _target_: string }) => _target_ === target);
    assertEquals(named("KeepLargestConnectedComponentd").applied_labels, [1]);
    assertEquals(named("MapLabelValued").target_labels, [0, 1, 4]);
    assert(
      (await Deno.readTextFile(join(bundle, "docs", "README.md"))).includes("nibabel pytorch-ignite scikit-image"),
    );
  }));

Deno.test("a model that replaces voxel sizes is refused as a bundle, and nothing is written", () =>
  withDirectory(async (directory) => {
    const preparation = { ...facts().preparation, fieldOfView: 300 };
    const model = await makeModel(join(directory, "model"), { preparation });
    const rule = 'takes voxel sizes from the files, which this model replaces by "fieldOfView" (north, phantoms: 300)';
    await assertRejects(() => exportModel(model, join(directory, "bundle"), { to: "monai" }), UserError, rule);
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["model"]);
  }));
