"""PyTorch's side of `deno task bench engine`: a process that measures on command.

Each line on stdin is a request, each line on stdout the answer, both JSON; an answer
{"error": ...} says what failed.

    {"do": "describe"}                -> {"detail": ..., "threads": ...}
    {"do": "prepare", "case": ...}    -> {}
    {"do": "run", "seconds": 0.2}     -> {"milliseconds": [], "heldBytes": ..., "peakBytes": ...}
    {"do": "check", ...}              -> see pytorch_check.py

Needs torch and what it needs, nothing else.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from pytorch_check import check
from pytorch_contrastive import ContrastiveStep
from pytorch_network import UNet, dice_cross_entropy

WEIGHT_DEVIATION = 1 / 8  # src/segmentation/inference.ts
CLIP_NORM = 12.0  # src/segmentation/fine_tuner.ts
# At a batch of one, small convolutions miss oneDNN on the processor (use_mkldnn in ATen's
# Convolution.cpp), which made prediction two to six times slower (measured with 1.13).
WINDOWS_AT_ONCE = 2
DEVICES = ("cpu", "cuda", "cuda-tf32")

Case = dict[str, Any]
Run = Callable[[], object]


def prepare_convolution(case: Case, device: torch.device) -> Run:
    """Forward, or forward and both gradients, of a 3x3x3 convolution."""
    batch, *extents, channels_in = case["shape"]
    x = torch.randn(batch, channels_in, *extents, device=device)
    weight = torch.randn(case["channelsOut"], channels_in, 3, 3, 3, device=device)
    if case["metric"] == "forward":
        return lambda: functional.conv3d(x, weight, padding=1)
    x.requires_grad_()
    weight.requires_grad_()
    dy = torch.randn_like(functional.conv3d(x, weight, padding=1))
    return lambda: torch.autograd.grad(functional.conv3d(x, weight, padding=1), (x, weight), dy)


def prepare_training(case: Case, device: torch.device) -> Run:
    """A whole step of supervised training: loss, gradients, clipping, AdamW."""
    network = UNet(case["network"]).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0)
    extent = [case["extent"]] * 3
    image = torch.randn(case["batch"], 1, *extent)
    labels = torch.randint(case["network"]["classes"], (case["batch"], *extent))

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        loss = dice_cross_entropy(network(image.to(device)), labels.to(device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP_NORM)
        optimiser.step()
        return loss.item()

    return run


def prepare_contrastive(case: Case, device: torch.device) -> Run:
    """A whole step of contrastive pre-training on views that have been drawn."""
    return ContrastiveStep(case["network"], case["pretrain"], case["extent"], device).run


def prepare_prediction(case: Case, device: torch.device) -> Run:
    """A volume's probabilities by windows, added up as src/segmentation/inference.ts does."""
    network = UNet(case["network"]).to(device)
    patch, extent = case["patch"], case["extent"]
    volume = torch.randn(extent, extent, extent)
    offsets = torch.arange(patch) - (patch - 1) / 2
    axis = torch.exp(-0.5 * (offsets / (patch * WEIGHT_DEVIATION)) ** 2)
    weights = axis[:, None, None] * axis[:, None] * axis
    places = [tuple(slice(at, at + patch) for at in start) for start in case["windows"]]

    def run() -> torch.Tensor:
        sums = torch.zeros(case["network"]["classes"], extent, extent, extent)
        totals = torch.zeros(extent, extent, extent)
        with torch.no_grad():
            for first in range(0, len(places), WINDOWS_AT_ONCE):
                some = places[first : first + WINDOWS_AT_ONCE]
                windows = torch.stack([volume[at][None] for at in some]).to(device)
                probabilities = functional.softmax(network(windows), 1).cpu()
                for at, of_window in zip(some, probabilities):
                    sums[(slice(None), *at)] += weights * of_window
                    totals[at] += weights
        return sums / totals

    return run


PREPARE: dict[str, Callable[[Case, torch.device], Run]] = {
    "convolution": prepare_convolution,
    "training": prepare_training,
    "contrastive": prepare_contrastive,
    "prediction": prepare_prediction,
}


def describe(device: torch.device) -> dict[str, Any]:
    """Versions and what computes."""
    parts = [f"PyTorch {torch.__version__}"]
    if device.type == "cuda":
        tf32 = torch.backends.cuda.matmul.allow_tf32
        parts += [
            torch.cuda.get_device_name(device),
            "TF32" if tf32 else "fp32 without tensor cores",
        ]
    else:
        found = [
            line.strip(" -") for line in torch.__config__.show().splitlines() if "MKL-DNN" in line
        ]
        parts += [found[0].split(" (")[0].removeprefix("Intel(R) ")] if found else []
    return {"detail": ", ".join(parts), "threads": torch.get_num_threads()}


def memory(device: torch.device) -> dict[str, int | None]:
    """The process's peak, and what the device's allocator holds (none on the processor)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # the kernel counts KiB
    held = torch.cuda.max_memory_reserved(device) if device.type == "cuda" else None
    return {"heldBytes": held, "peakBytes": peak}


def measure(run: Run, seconds: float, device: torch.device) -> list[float]:
    """Milliseconds of each run, as many as fit into `seconds`, one at least."""
    milliseconds: list[float] = []
    end = time.perf_counter() + seconds
    while not milliseconds or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        milliseconds.append((time.perf_counter() - start) * 1000)
    return milliseconds


class Reference:
    """Answers requests, one case at a time."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.run: Run | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "describe":
                return describe(self.device)
            case "check":
                return check(request)
            case "prepare":
                self.run = PREPARE[request["case"]["kind"]](request["case"], self.device)
                return {}
            case "run":
                if self.run is None:
                    raise RuntimeError("a case must be prepared before it is run")
                return {
                    "milliseconds": measure(self.run, request["seconds"], self.device),
                    **memory(self.device),
                }
            case other:
                raise ValueError(f"a request must be describe, prepare, run or check, got {other}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(arguments.threads)
    tf32 = arguments.device == "cuda-tf32"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    reference = Reference(torch.device(arguments.device.removesuffix("-tf32")))
    for line in sys.stdin:
        try:
            answer = reference.answer(json.loads(line))
        except (RuntimeError, ValueError, KeyError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
