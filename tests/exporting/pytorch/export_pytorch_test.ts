/** PyTorch's network of an exported model against this project's. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { exportModel } from "../../../src/exporting/formats.ts";
import { readSafetensors } from "../../../src/model/weights_file.ts";
import { writeModel } from "../../../src/models/folder.ts";
import { encoderFacts } from "../../models/_model.ts";
import { withDirectory } from "../../peer/_site.ts";
import { greatestDifference, makeExample, SHAPE } from "../_model.ts";
import { pythonTest } from "../_python.ts";

/** Prints the logits of each folder's patch as JSON; then whether the encoder alone loads, and its maps' channels. */
const PROGRAM = `
import json, sys
from pathlib import Path
import torch
folders, shape, encoder = sys.argv[1].split(","), json.loads(sys.argv[2]), sys.argv[3]
sys.path.insert(0, folders[0])
from network import load
results = []
with torch.no_grad():
    for folder in folders:
        patch = torch.frombuffer(bytearray(Path(folder, "patch").read_bytes()), dtype=torch.float32).reshape(shape)
        results.append(load(folder)(patch).flatten().tolist())
    maps = load(encoder).features(patch)
print(json.dumps({"logits": results, "channels": [each.shape[1] for each in maps]}))
`;

await pythonTest(
  "PyTorch's network gives this project's logits, instance or group norm",
  ["torch"],
  (python) =>
    withDirectory(async (directory) => {
      const made = [];
      for (const norm of ["instance", "group"] as const) {
        const [model, output] = [join(directory, norm), join(directory, `${norm}_pytorch`)];
        const example = await makeExample(model, norm);
        await exportModel(example.model, output, { to: "pytorch" });
        await Deno.writeFile(join(output, "patch"), new Uint8Array(example.patch.buffer));
        made.push({ ...example, output });
      }
      const [{ model: { description, vectors } }] = made;
      const { network, channels } = description;
      const encoder = vectors.filter(({ name }) => name.startsWith("encoder/"));
      const described = await writeModel(join(directory, "encoder"), {
        ...encoderFacts(),
        network,
        channels,
        patch: SHAPE,
      }, encoder);
      const output = join(directory, "encoder_pytorch");
      await exportModel({ description: described, vectors: encoder }, output, { to: "pytorch" });
      const folders = made.map(({ output }) => output).join();
      const printed = await python("-c", PROGRAM, folders, JSON.stringify([1, 2, ...SHAPE]), output);
      const { logits, channels: ofMaps } = JSON.parse(printed);
      made.forEach((example, i) => {
        const difference = greatestDifference(example.logits, Float32Array.from(logits[i]));
        assertEquals(difference < 1e-4, true, `${example.model.description.network.norm}: ${difference}`);
      });
      assertEquals(ofMaps, [4, 8, 16]);
    }),
);

Deno.test("weights have PyTorch's names and layouts, and config.json says what they are", () =>
  withDirectory(async (directory) => {
    const { model } = await makeExample(join(directory, "model"), "instance");
    const output = join(directory, "pytorch");
    await exportModel(model, output, { to: "pytorch" });
    const { vectors } = await readSafetensors(join(output, "weights.safetensors"));
    const shapes = Object.fromEntries(vectors.map(({ name, shape }) => [name, shape]));
    assertEquals(shapes["encoder.level0.block0.conv.weight"], [4, 2, 3, 3, 3]);
    assertEquals(shapes["encoder.level0.block0.norm.weight"], [4]);
    assertEquals(shapes["decoder.level1.lateral.weight"], [8, 16, 1, 1, 1]);
    assertEquals(shapes["decoder.level0.block0.conv.weight"], [4, 8, 3, 3, 3]);
    assertEquals(shapes["decoder.logits.bias"], [3]);
    const own = model.vectors.find(({ name }) => name === "decoder/logits/filter")!; // [1, 1, 1, 4, 3]
    const theirs = vectors.find(({ name }) => name === "decoder.logits.weight")!; // [3, 4, 1, 1, 1]
    assertEquals(theirs.data[1 * 4 + 2], own.data[2 * 3 + 1]);
    const config = JSON.parse(await Deno.readTextFile(join(output, "config.json")));
    assertEquals([config.format, config.labels], ["syncytium model for PyTorch", model.description.labels]);
    assertEquals(config.exportedFrom, model.description.weights.sha256);
    const readme = await Deno.readTextFile(join(output, "README.md"));
    assertEquals(readme.includes("| 2     | 4           | tumour     |"), true, readme);
  }));
