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
import contextlib
import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from pytorch_check import check
from pytorch_contrastive import ContrastiveStep
from pytorch_network import UNet, dice_cross_entropy

WEIGHT_DEVIATION = 1 / 8  # src/segmentation/inference.ts
CLIP_NORM = 12.0  # src/segmentation/fine_tuner.ts
# At a batch of one, small convolutions miss oneDNN on the processor (use_mkldnn in ATen's
# Convolution.cpp), which made prediction two to six times slower (measured with 1.13).
WINDOWS_AT_ONCE = 2
DEVICES = ("cpu", "cuda")
PRECISIONS = ("float32", "tf32", "bf16")

Case = dict[str, Any]
Run = Callable[[], object]


@dataclass(frozen=True)
class How:
    """What PyTorch computes on, and by which of its own means to be fast."""

    device: torch.device
    precision: str = "float32"
    channels_last: bool = False
    compiled: bool = False

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """bfloat16 where PyTorch deems it safe; nothing where it was not asked for."""
        if self.precision != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def laid_out(self, volumes: torch.Tensor) -> torch.Tensor:
        """`volumes` on the device, [batch, channels, ...], channels last in memory where asked for."""
        if not self.channels_last:
            return volumes.to(self.device)
        return volumes.to(self.device, memory_format=torch.channels_last_3d)

    def network(self, network: nn.Module) -> nn.Module:
        """`network` on the device, its filters laid out, compiled where that was asked for."""
        network = network.to(self.device)
        if self.channels_last:
            network = network.to(memory_format=torch.channels_last_3d)
        if self.compiled:
            network.compile()  # in place
        return network


def prepare_convolution(case: Case, how: How) -> Run:
    """Forward, or forward and both gradients, of a 3x3x3 convolution."""
    batch, *extents, channels_in = case["shape"]
    dtype = torch.bfloat16 if how.precision == "bf16" else torch.float32
    x = how.laid_out(torch.randn(batch, channels_in, *extents).to(dtype))
    weight = how.laid_out(torch.randn(case["channelsOut"], channels_in, 3, 3, 3).to(dtype))

    def convolve() -> torch.Tensor:
        return functional.conv3d(x, weight, padding=1)

    forward = torch.compile(convolve) if how.compiled else convolve
    if case["metric"] == "forward":
        return forward
    x.requires_grad_()
    weight.requires_grad_()
    dy = torch.randn_like(convolve())
    return lambda: torch.autograd.grad(forward(), (x, weight), dy)


def prepare_training(case: Case, how: How) -> Run:
    """A whole step of supervised training: loss, gradients, clipping, AdamW."""
    network = how.network(UNet(case["network"]))
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0)
    extent = [case["extent"]] * 3
    image = torch.randn(case["batch"], 1, *extent)
    labels = torch.randint(case["network"]["classes"], (case["batch"], *extent))

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        with how.autocast():
            logits = network(how.laid_out(image))
        loss = dice_cross_entropy(logits.float(), labels.to(how.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP_NORM)
        optimiser.step()
        return loss.item()

    return run


def prepare_contrastive(case: Case, how: How) -> Run:
    """A whole step of contrastive pre-training on views that have been drawn."""
    step = ContrastiveStep(case["network"], case["pretrain"], case["extent"], how.device)
    step.views = [how.laid_out(view) for view in step.views]
    for networks in (step.online, step.slow):
        how.network(networks[0])

    def run() -> object:
        with how.autocast():
            return step.run()

    return run


def prepare_prediction(case: Case, how: How) -> Run:
    """A volume's probabilities by windows, added up as src/segmentation/inference.ts does."""
    network = how.network(UNet(case["network"]))
    patch, extent = case["patch"], case["extent"]
    volume = torch.randn(extent, extent, extent)
    offsets = torch.arange(patch) - (patch - 1) / 2
    axis = torch.exp(-0.5 * (offsets / (patch * WEIGHT_DEVIATION)) ** 2)
    weights = axis[:, None, None] * axis[:, None] * axis
    places = [tuple(slice(at, at + patch) for at in start) for start in case["windows"]]

    def run() -> torch.Tensor:
        sums = torch.zeros(case["network"]["classes"], extent, extent, extent)
        totals = torch.zeros(extent, extent, extent)
        with torch.no_grad(), how.autocast():
            for first in range(0, len(places), WINDOWS_AT_ONCE):
                some = places[first : first + WINDOWS_AT_ONCE]
                windows = how.laid_out(torch.stack([volume[at][None] for at in some]))
                probabilities = functional.softmax(network(windows).float(), 1).cpu()
                for at, of_window in zip(some, probabilities):
                    sums[(slice(None), *at)] += weights * of_window
                    totals[at] += weights
        return sums / totals

    return run


PREPARE: dict[str, Callable[[Case, How], Run]] = {
    "convolution": prepare_convolution,
    "training": prepare_training,
    "contrastive": prepare_contrastive,
    "prediction": prepare_prediction,
}


def describe(how: How) -> dict[str, Any]:
    """Versions and what computes."""
    parts = [f"PyTorch {torch.__version__}"]
    if how.device.type == "cuda":
        name = torch.cuda.get_device_name(how.device)
        parts += [name, {"float32": "float32 without tensor cores"}.get(how.precision, how.precision)]
    else:
        found = [
            line.strip(" -") for line in torch.__config__.show().splitlines() if "MKL-DNN" in line
        ]
        parts += [found[0].split(" (")[0].removeprefix("Intel(R) ")] if found else []
        parts += ["bf16"] if how.precision == "bf16" else []
    parts += ["channels_last_3d"] if how.channels_last else []
    parts += ["torch.compile"] if how.compiled else []
    return {"detail": ", ".join(parts), "threads": torch.get_num_threads()}


def forget(device: torch.device) -> None:
    """Gives back what the case before held, so that a peak is that of one case."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


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

    def __init__(self, how: How) -> None:
        self.how = how
        self.run: Run | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "describe":
                return describe(self.how)
            case "check":
                return check(request)
            case "prepare":
                self.run = None
                forget(self.how.device)
                self.run = PREPARE[request["case"]["kind"]](request["case"], self.how)
                return {}
            case "run":
                if self.run is None:
                    raise RuntimeError("a case must be prepared before it is run")
                return {
                    "milliseconds": measure(self.run, request["seconds"], self.how.device),
                    **memory(self.how.device),
                }
            case other:
                raise ValueError(f"a request must be describe, prepare, run or check, got {other}")


def reason_of(error: Exception) -> str:
    """What failed, in a line; what a compiler has to say takes pages."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0] if text else 'no reason given'}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    given = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(given.threads)
    torch.backends.cuda.matmul.allow_tf32 = given.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = given.precision == "tf32"
    torch.backends.cudnn.benchmark = True  # shapes do not change: the fastest of cuDNN's ways
    reference = Reference(
        How(torch.device(given.device), given.precision, given.channels_last, given.compile)
    )
    for line in sys.stdin:
        try:
            answer = reference.answer(json.loads(line))
        except Exception as error:  # compilers have errors of their own
            answer = {"error": reason_of(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
