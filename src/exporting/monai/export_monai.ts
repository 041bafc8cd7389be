/**
 * A model as a MONAI bundle: configurations, weights, the code of network and preparation, and how to run it.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { replaceFolder, writeAtomically } from "../../core/files.ts";
import type { KeptModel } from "../../models/folder.ts";
import { requireSegmentation } from "../_segmentation.ts";
import { writePytorchNetwork } from "../pytorch/export_pytorch.ts";
import { inferenceConfig } from "./inference.ts";
import { bundleMetadata } from "./metadata.ts";
import prediction from "./prediction.py" with { type: "text" };
import preparation from "./preparation.py" with { type: "text" };
import { bundleReadme } from "./readme.ts";

/**
 * Writes a model as a new folder.
 *
 * @throws {UserError} if it segments nothing, replaces voxel sizes, or its weights are not those of its network.
 */
export async function exportMonai(model: KeptModel, output: string): Promise<void> {
  const kept = requireSegmentation(model, "as a MONAI bundle"), { description } = kept;
  const { fieldOfView } = description.preparation;
  if (fieldOfView !== undefined) {
    throw new UserError(
      'exporting a model: a MONAI bundle takes voxel sizes from the files, which this model replaces by "fieldOfView"',
      { where: `${description.site}, ${description.dataset}`, value: fieldOfView },
    );
  }
  const json = (value: unknown) => JSON.stringify(value, null, 2) + "\n";
  await replaceFolder(output, async (aside) => {
    const files = {
      "configs/metadata.json": json(bundleMetadata(description)),
      "configs/inference.json": json(inferenceConfig(description)),
      "scripts/__init__.py": "",
      "scripts/preparation.py": preparation,
      "scripts/prediction.py": prediction,
      "docs/README.md": bundleReadme(description),
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(aside, name)), { recursive: true });
      await writeAtomically(join(aside, name), text);
    }
    await Deno.mkdir(join(aside, "models"));
    await writePytorchNetwork(kept, { weights: join(aside, "models"), code: join(aside, "scripts") });
  });
}
