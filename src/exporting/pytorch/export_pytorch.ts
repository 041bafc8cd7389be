/**
 * A model for PyTorch: a folder with its weights in PyTorch's layouts, the code of the network, and how to use it.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256Hex } from "../../core/digest.ts";
import { replaceFolder, writeAtomically } from "../../core/files.ts";
import { encodeSafetensors } from "../../model/safetensors.ts";
import type { ModelDescription } from "../../models/description.ts";
import { type KeptModel, MODEL_FILES } from "../../models/folder.ts";
import { classesText, preparationText } from "../_preparation_text.ts";
import { pytorchTensors } from "../tensors.ts";
import network from "./network.py" with { type: "text" };

/** What `format` says in `config.json`. */
const FORMAT = "syncytium model for PyTorch";

/** Where parts of a network are written: folders that are there. */
export interface NetworkFolders {
  /** Of `config.json` and `weights.safetensors`, which `load` reads. */
  readonly weights: string;
  /** Of `network.py`. */
  readonly code: string;
}

/** Writes the code of a network, what it is built from and its weights. */
export async function writePytorchNetwork(model: KeptModel, folders: NetworkFolders): Promise<void> {
  const tensors = pytorchTensors(model);
  const bytes = encodeSafetensors(tensors);
  const weights = { ...model.description.weights, file: MODEL_FILES.weights, sha256: await sha256Hex(bytes) };
  const config = { ...model.description, format: FORMAT, exportedFrom: model.description.weights.sha256, weights };
  await writeAtomically(join(folders.weights, MODEL_FILES.weights), bytes);
  await writeAtomically(join(folders.weights, "config.json"), JSON.stringify(config, null, 2) + "\n");
  await writeAtomically(join(folders.code, "network.py"), network);
}

/**
 * Writes a model into a new folder.
 *
 * @throws {UserError} unless the weights are those of the model's network.
 */
export async function exportPytorch(model: KeptModel, output: string): Promise<void> {
  await replaceFolder(output, async (aside) => {
    await writePytorchNetwork(model, { weights: aside, code: aside });
    await writeAtomically(join(aside, "README.md"), readme(model.description));
  });
}

function readme(description: ModelDescription): string {
  const { kind, site, dataset, channels, patch } = description;
  const shape = [1, channels.length, ...patch].join(", ");
  const isEncoder = kind === "encoder";
  const use = isEncoder
    ? `maps = network.features(torch.zeros(${shape}))  # the encoder's, the finest first`
    : `logits = network(torch.zeros(${shape}))  # [batch, channel, z, y, x] -> [batch, class, z, y, x]`;
  const sections = [
    `# ${isEncoder ? "Pre-trained encoder" : "Segmentation model"} of ${site}, data set ${dataset}, for PyTorch`,
    "`network.py` builds the network of `config.json` and loads `weights.safetensors`; it needs nothing but PyTorch.",
    "```python\nimport torch\nfrom network import load\n\n" +
    `network = load(".")\nwith torch.no_grad():\n    ${use}\n\`\`\``,
    ...(isEncoder
      ? [
        "Levels of the expanding path that were not pre-trained, and the logits, have new weights: fine-tune before " +
        "you predict.",
      ]
      : []),
    `## What goes in\n\n${preparationText(description)}`,
    ...(kind === "segmentation" ? [`## What comes out\n\n${classesText(description.labels)}`] : []),
    "## Weights\n\nfloat32, named as the modules of `network.py`. Convolutions are [out, in, z, y, x].",
    "For research: it is no medical device, and nobody has approved it for decisions on patients.",
  ];
  return sections.join("\n\n") + "\n";
}
