"""Trains MONAI's DynUNet with nnU-Net's recipe on the evaluation's own cases, and tests it; README.md says how."""

from __future__ import annotations

import argparse
import csv
import json
import platform
import shlex
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from monai.inferers import sliding_window_inference
from monai.utils import set_determinism

import network
from augment import Patches
from grid import Case, full_resolution, prepare, restore
from score import dice, hd95, keep_largest, single_parts
from table import write_table

COLUMNS = ("run", "labelled", "seed", "site", "case", "class", "largest", "dice", "hd95")
LIBRARIES = ("torch", "monai", "nibabel", "numpy", "scipy")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="DynUNet with nnU-Net's recipe on the evaluation's own cases.")
    parser.add_argument("--split", type=Path, required=True, help="what split.ts wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the tables; other runs in it are kept")
    parser.add_argument("--run", required=True, help="the run's name in the tables")
    parser.add_argument("--labelled", type=int, default=1, help="labelled cases a site")
    parser.add_argument("--seconds", type=float, default=40, help="CPU seconds of training a site, on one core")
    parser.add_argument("--sites", type=int, help="only the first so many sites")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--spacing", choices=["plan", "full"], default="plan", help="the evaluation's grid, or in full")
    parser.add_argument("--patch", choices=["plan", "field"], default="field", help="the evaluation's, or the field")
    parser.add_argument("--filters", type=int, default=32, help="at the finest level")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--optimiser", choices=["sgd", "adam"], default="sgd")
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--mirror", action="store_true", help="in the plane, in training and in testing")
    return parser.parse_args()


def train(cases: list[Case], net: torch.nn.Module, patches: Patches, given: argparse.Namespace) -> dict:
    """Until the CPU seconds are spent; the rate falls with their share as nnU-Net's falls with epochs."""
    kind = {
        "sgd": lambda: torch.optim.SGD(net.parameters(), given.rate, 0.99, weight_decay=3e-5, nesterov=True),
        "adam": lambda: torch.optim.Adam(net.parameters(), given.rate),
    }
    optimiser, loss_of = kind[given.optimiser](), network.Loss()
    net.train()
    begun, spent, drawing, steps = time.process_time(), 0.0, 0.0, 0
    while spent < given.seconds:
        for group in optimiser.param_groups:
            group["lr"] = given.rate * (1 - spent / given.seconds) ** 0.9
        since = time.process_time()
        images, labels = patches.batch(given.batch)
        drawing += time.process_time() - since
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(net(images), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 12)
        optimiser.step()
        steps += 1
        spent = time.process_time() - begun
    return {"steps": steps, "seconds": spent, "drawing": drawing, "loss": loss.item()}


def predict(case: Case, net: torch.nn.Module, patch: tuple[int, ...], mirror: bool) -> np.ndarray:
    """Probabilities [class, z, y, x], the mean over all mirrorings."""
    image = torch.from_numpy(case.image)[None, None]
    net.eval()
    with torch.inference_mode():
        sums = []
        for axes in [(), (3,), (4,), (3, 4)] if mirror else [()]:
            seen = sliding_window_inference(
                image.flip(axes), patch, 1, lambda x: net(x).softmax(1), 0.5, "gaussian", padding_mode="replicate"
            )
            sums.append(seen.flip(axes)[0])
        return torch.stack(sums).mean(0).numpy()


def save(given: argparse.Namespace, about: dict, rows: list[tuple]) -> None:
    """The run so far, and the page of all runs."""
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / f"{given.run}.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    (given.out / f"{given.run}.json").write_text(json.dumps(about, indent=2) + "\n")
    write_table(given.out)


def main() -> None:
    given = options()
    torch.set_num_threads(1)
    begun = time.time()
    split = json.loads(given.split.read_text())
    plan, names = split["plan"], [split["labels"][key] for key in sorted(split["labels"], key=int)]
    target = np.array(plan["spacing"][::-1]) if given.spacing == "plan" else full_resolution(split)
    rows, costs = [], []
    about = {
        "command": "python " + shlex.join(sys.argv),
        "libraries": {"Python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "data": {key: split[key] for key in ("dataset", "protocol", "development", "fold")},
        "settings": {key: value for key, value in vars(given).items() if not isinstance(value, Path)},
        "spacing": target.round(4).tolist(),
        "costs": costs,
    }
    for site in split["sites"][: given.sites]:
        ready = lambda case: prepare(case, split["cases"][case], plan, split["labels"], target)  # noqa: E731
        cases = [ready(case) for case in site["labelled"][: given.labelled]]
        field = split["patch"]
        if given.patch == "field":
            field = np.median([ready(case).image.shape for case in site["training"]], 0).round()
        patch, strides, kernels = network.plan(tuple(map(int, field)), target)
        set_determinism(given.seed)
        net = network.build(len(names) + 1, given.filters, strides, kernels)
        cost = train(cases, net, Patches(cases, patch, given.seed, given.mirror), given)
        costs.append({"site": site["site"], "patch": patch, "strides": strides, **cost})
        parts = single_parts([case.label for case in cases], len(names) + 1)
        for case in map(ready, site["test"]):
            plain = restore(case, predict(case, net, patch, given.mirror))
            for largest, prediction in (("no", plain), ("yes", keep_largest(plain, parts))):
                for index, name in enumerate(names, 1):
                    masks = prediction == index, case.truth == index
                    scores = dice(*masks), hd95(*masks, case.spacing)
                    place = (given.run, given.labelled, given.seed, site["site"], case.id, name, largest)
                    rows.append((*place, *("" if value is None else f"{value:.4f}" for value in scores)))
        print(f"site {site['site']}: {cost}", flush=True)
        save(given, {**about, "minutes": (time.time() - begun) / 60}, rows)


if __name__ == "__main__":
    main()
