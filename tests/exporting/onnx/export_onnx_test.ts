/** ONNX Runtime's logits of an exported model against this project's. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { exportModel } from "../../../src/exporting/formats.ts";
import { parseModelDescription } from "../../../src/models/description.ts";
import { withDirectory } from "../../peer/_site.ts";
import { encoderFacts } from "../../models/_model.ts";
import { writeModel } from "../../../src/models/folder.ts";
import { greatestDifference, makeExample, SHAPE } from "../_model.ts";
import { runOnnx } from "./_onnxruntime.ts";

for (const norm of ["instance", "group"] as const) {
  Deno.test(`ONNX Runtime gives this project's logits, ${norm} norm, and takes volumes of other extents`, () =>
    withDirectory(async (directory) => {
      const { model, patch, logits } = await makeExample(join(directory, "model"), norm);
      const output = join(directory, "model.onnx");
      await exportModel(model, output, { to: "onnx" });
      const [given, other] = await runOnnx(output, [
        { data: patch, dims: [1, 2, ...SHAPE] },
        { data: new Float32Array(2 * 2 * 4 * 8 * 6), dims: [2, 2, 4, 8, 6] },
      ]);
      assertEquals([given.dims, other.dims], [[1, 3, ...SHAPE], [2, 3, 4, 8, 6]]);
      const difference = greatestDifference(logits, given.data);
      assert(difference < 1e-4, `${difference}`);
    }));
}

Deno.test("a file says what the model is, and an encoder is refused", () =>
  withDirectory(async (directory) => {
    const { model } = await makeExample(join(directory, "model"), "instance");
    const output = join(directory, "model.onnx");
    await exportModel(model, output, { to: "onnx" });
    const text = new TextDecoder("latin1").decode(await Deno.readFile(output));
    const json = text.slice(text.indexOf('{"kind":"segmentation"'), text.lastIndexOf("}") + 1);
    assertEquals(parseModelDescription(JSON.parse(json), output), model.description);
    assert(text.includes("voxels of 8 x 8 x 8 mm"));
    const description = await writeModel(join(directory, "encoder"), encoderFacts(), []);
    await assertRejects(
      () => exportModel({ description, vectors: [] }, join(directory, "encoder.onnx"), { to: "onnx" }),
      UserError,
      "an encoder, which segments nothing yet, cannot be written as ONNX; --to pytorch can",
    );
  }));
