"""PyTorch's side of `deno task bench predict`: applies a kept model to a file on command.

Requests and answers as in pytorch_reference.py: describe and run. Reads the model's folder
(model.json and its safetensors) and does what src/prediction does with a volume that keeps its
own grid and is stored in RAS: read, normalise, windows, the most probable label, write.

Needs torch, numpy and nibabel.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import nibabel
import numpy
import torch
from torch import Tensor
from torch.nn import functional

from pytorch_network import UNet, parameters_by_name
from pytorch_reference import WEIGHT_DEVIATION, WINDOWS_AT_ONCE, How, describe, memory

SAMPLE = 200_000  # src/data/normalise.ts
CPU = torch.device("cpu")


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, filters as PyTorch has them."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    vectors: dict[str, Tensor] = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        value = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32)
        value = value.reshape(entry["shape"])
        vectors[name] = value.permute(4, 3, 0, 1, 2) if value.dim() == 5 else value
    return vectors


def load_network(folder: Path, description: dict[str, Any]) -> UNet:
    """The model's network with its weights."""
    network = UNet(description["network"])
    weights = read_weights(folder / description["weights"]["file"])
    with torch.no_grad():
        for name, parameter in parameters_by_name(network).items():
            parameter.copy_(weights[name].reshape(parameter.shape))
    return network.eval()


def normalise(volume: numpy.ndarray, percentiles: list[float], air_share: float) -> numpy.ndarray:
    """As src/data/normalise.ts, of finite values."""
    flat = volume.ravel()
    sample = flat[:: max(1, flat.size // SAMPLE)]
    zeros = numpy.count_nonzero(flat == 0)
    masked = air_share * flat.size <= zeros < flat.size

    def percentile(values: numpy.ndarray, percent: float) -> float:
        return float(numpy.sort(values)[int(percent / 100 * (values.size - 1) + 0.5)])

    low = percentile(sample, percentiles[0])
    high = percentile(sample[sample != 0] if masked else sample, percentiles[1])
    clipped = numpy.clip(volume, low, high)
    tissue = clipped[volume != 0] if masked else clipped
    mean, deviation = tissue.mean(dtype=numpy.float64), tissue.std(dtype=numpy.float64)
    return ((clipped - mean) / deviation).astype(numpy.float32)


def starts(extent: int, patch: int) -> list[int]:
    """As windowStarts of src/segmentation/inference.ts, of a patch that fits, overlap 0.5."""
    last = -(-(extent - patch) // (patch // 2))
    return [int(index * (extent - patch) / last + 0.5) if last else 0 for index in range(last + 1)]


class Prediction:
    """One model on one file."""

    def __init__(self, folder: Path, image: Path, output: Path) -> None:
        self.description = json.loads((folder / "model.json").read_text())
        self.network = load_network(folder, self.description)
        self.image, self.output = image, output
        self.patch = self.description["patch"]
        axes = [torch.arange(extent) - (extent - 1) / 2 for extent in self.patch]
        z, y, x = (
            torch.exp(-0.5 * (axis / (extent * WEIGHT_DEVIATION)) ** 2)
            for axis, extent in zip(axes, self.patch)
        )
        self.weights = z[:, None, None] * y[:, None] * x

    def run(self) -> None:
        """Reads, predicts and writes."""
        file = nibabel.load(self.image)
        rules = self.description["preparation"]["normalisation"]
        stored = numpy.ascontiguousarray(file.get_fdata(dtype=numpy.float32).transpose(2, 1, 0))
        volume = torch.from_numpy(normalise(stored, rules["percentiles"], rules["airShare"]))
        sums = torch.zeros(self.description["network"]["classes"], *volume.shape)
        begins = [starts(extent, patch) for extent, patch in zip(volume.shape, self.patch)]
        places = [
            tuple(slice(at, at + extent) for at, extent in zip((z, y, x), self.patch))
            for z in begins[0]
            for y in begins[1]
            for x in begins[2]
        ]
        with torch.no_grad():
            for first in range(0, len(places), WINDOWS_AT_ONCE):
                some = places[first : first + WINDOWS_AT_ONCE]
                windows = torch.stack([volume[at][None] for at in some])
                for at, of_window in zip(some, functional.softmax(self.network(windows), 1)):
                    sums[(slice(None), *at)] += self.weights * of_window
        values = numpy.array([0, *sorted(map(int, self.description["labels"]))], dtype=numpy.uint8)
        labels = values[sums.argmax(0).numpy()].transpose(2, 1, 0)
        nibabel.save(nibabel.Nifti1Image(labels, file.affine), self.output)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("model", "image", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    prediction: Prediction | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            prediction = prediction or Prediction(
                arguments.model, arguments.image, arguments.output
            )
            if request["do"] == "describe":
                answer = describe(How(CPU))
            else:
                start = time.perf_counter()
                prediction.run()
                milliseconds = [(time.perf_counter() - start) * 1000]
                answer = {"milliseconds": milliseconds, **memory(CPU)}
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
