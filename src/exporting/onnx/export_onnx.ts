/**
 * A model as an ONNX file: the network from prepared volume to logits, and what it is as metadata.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import type { KeptModel } from "../../models/folder.ts";
import { classesText, preparationText } from "../_preparation_text.ts";
import { requireSegmentation } from "../_segmentation.ts";
import { pytorchTensors } from "../tensors.ts";
import { onnxGraph } from "./graph.ts";
import { encodeModel } from "./messages.ts";

/** Operators as of ONNX 1.12 (2022), which is all that the network needs. */
const OPSET = 17;
/** The version of the format that goes with them. */
const IR_VERSION = 8;
/** What protobuf allows a message, and so ONNX a file. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Writes a model as one file.
 *
 * @throws {UserError} if it segments nothing, its weights are not those of its network, or are too many for a file.
 */
export async function exportOnnx(model: KeptModel, output: string): Promise<void> {
  const { description, vectors } = requireSegmentation(model, "as ONNX");
  const tensors = pytorchTensors({ description, vectors });
  const values = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const { network, labels, versions: { syncytium } } = description;
  const bytes = values * 4 + 2 ** 20; // the graph itself takes less than a mebibyte
  if (bytes > MOST_BYTES) {
    throw new UserError("exporting a model: the weights of an ONNX file must take less than 2 GiB", {
      where: output,
      value: `${values} values of 4 bytes`,
    });
  }
  const encoded = encodeModel({
    irVersion: IR_VERSION,
    producerName: "syncytium",
    producerVersion: syncytium,
    docString: `${preparationText(description)}\n\n${classesText(labels)}`,
    graph: onnxGraph(network, tensors),
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: [{ key: "model.json", value: JSON.stringify(description) }],
  });
  await writeAtomically(output, encoded);
}
