/**
 * `configs/inference.json`: how MONAI applies the model, from files to label files.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import type { SegmentationDescription } from "../../models/description.ts";

/** x, y, z as z, y, x. */
const reversed = ([x, y, z]: Triple): Triple => [z, y, x];

/** The configuration, for MONAI's ConfigParser. */
export function inferenceConfig(description: SegmentationDescription): Record<string, unknown> {
  const { channels, patch, prediction } = description;
  return {
    imports: ["$import torch"],
    bundle_root: ".",
    dataset_dir: "$@bundle_root + '/input'",
    output_dir: "$@bundle_root + '/output'",
    device: "$torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
    data: { _target_: "scripts.prediction.find_cases", path: "@dataset_dir", channels: channels.length },
    network_def: {
      _target_: "scripts.prediction.Probabilities",
      network: { _target_: "scripts.network.load", folder: "$@bundle_root + '/models'" },
      axes: prediction.mirror.tested,
    },
    network: "$@network_def.to(@device)",
    preprocessing: { _target_: "Compose", transforms: preprocessing(description) },
    dataset: { _target_: "Dataset", data: "@data", transform: "@preprocessing" },
    dataloader: { _target_: "DataLoader", dataset: "@dataset", batch_size: 1, shuffle: false, num_workers: 0 },
    inferer: {
      ...{ _target_: "SlidingWindowInferer", roi_size: patch, sw_batch_size: 1, overlap: 0.5 },
      ...{ mode: "gaussian", padding_mode: "replicate" },
    },
    postprocessing: { _target_: "Compose", transforms: postprocessing(description) },
    evaluator: {
      ...{ _target_: "SupervisedEvaluator", device: "@device", val_data_loader: "@dataloader" },
      ...{ network: "@network", inferer: "@inferer", postprocessing: "@postprocessing" },
    },
    run: ["$@evaluator.run()"],
  };
}

function preprocessing({ preparation }: SegmentationDescription): unknown[] {
  const { spacing, crop, normalisation: { percentiles, airShare } } = preparation;
  return [
    { _target_: "LoadImaged", keys: "image", reader: "NibabelReader" },
    { _target_: "EnsureChannelFirstd", keys: "image" },
    // z, y, x of RAS
    { _target_: "Orientationd", keys: "image", axcodes: "SAR", labels: [["L", "R"], ["P", "A"], ["I", "S"]] },
    {
      ...{ _target_: "scripts.preparation.Prepared", keys: "image" },
      spacing: spacing && reversed(spacing),
      crop: crop ? reversed(crop) : null,
      ...{ percentiles, air_share: airShare },
    },
  ];
}

function postprocessing({ labels, prediction: { singleParts } }: SegmentationDescription): unknown[] {
  const values = [0, ...Object.keys(labels).map(Number)]; // by class
  const single = singleParts.kept ? singleParts.values.map((value) => values.indexOf(value)) : [];
  return [
    {
      ...{ _target_: "Invertd", keys: "pred", transform: "@preprocessing", orig_keys: "image" },
      ...{ nearest_interp: false, to_tensor: true },
    },
    { _target_: "AsDiscreted", keys: "pred", argmax: true },
    ...(single.length === 0 ? [] : [{
      ...{ _target_: "KeepLargestConnectedComponentd", keys: "pred", applied_labels: single },
      ...{ is_onehot: false, independent: true, connectivity: 1 },
    }]),
    {
      ...{ _target_: "MapLabelValued", keys: "pred" },
      ...{ orig_labels: values.map((_, index) => index), target_labels: values },
    },
    {
      ...{ _target_: "scripts.prediction.Saved", keys: "pred", folder: "@output_dir" },
      dtype: Math.max(...values) <= 255 ? "uint8" : "int16",
    },
  ];
}
