"""The runs of a folder as one page."""

from __future__ import annotations

import csv
import json
import statistics
from pathlib import Path

import numpy as np


def write_table(folder: Path) -> None:
    """results.md, from the CSV and the JSON of every run."""
    runs = [(path.stem, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    head = ["run", "N", "sites", "Dice", "largest part", "HD95, mm", "largest part", "steps a site", "CPU s a site"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name, about in runs:
        with (folder / f"{name}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        by_part = [[row for row in rows if row["largest"] == kept] for kept in ("no", "yes")]
        cells = [over_sites(own, metric) for metric in ("dice", "hd95") for own in by_part]
        costs = about["costs"]
        sites = len({row["site"] for row in rows})
        steps, seconds = (f"{statistics.mean(cost[key] for cost in costs):.0f}" for key in ("steps", "seconds"))
        lines.append([name, str(about["settings"]["labelled"]), str(sites), *cells, steps, seconds])
    text = ["# MONAI's DynUNet with nnU-Net's recipe", "", *(f"| {' | '.join(line)} |" for line in lines), ""]
    text.append("Mean over classes and cases of a site, then mean ± sd over sites. Missed structures have no HD95.")
    for name, about in runs:
        text += ["", f"## {name}", "", *described(about)]
    (folder / "results.md").write_text("\n".join(text) + "\n")


def over_sites(rows: list[dict], metric: str) -> str:
    """Mean over cases by class, over classes, then mean and sample deviation over sites; infinite ones are counted."""
    finite = [row for row in rows if row[metric] not in ("", "inf")]
    sites = []
    for site in dict.fromkeys(row["site"] for row in finite):
        own = [row for row in finite if row["site"] == site]
        names = dict.fromkeys(row["class"] for row in own)
        by_class = [np.mean([float(row[metric]) for row in own if row["class"] == name]) for name in names]
        sites.append(np.mean(by_class))
    missed = sum(row[metric] == "inf" for row in rows)
    digits = 3 if metric == "dice" else 1
    spread = f" ± {np.std(sites, ddof=1):.{digits}f}" if len(sites) > 1 else ""
    return f"{np.mean(sites):.{digits}f}{spread}" + (f", {missed} missed" if missed else "") if sites else "–"


def described(about: dict) -> list[str]:
    """Command, versions, grid, patch and cost of a run."""
    costs = about["costs"]
    steps = ", ".join(str(cost["steps"]) for cost in costs)
    share = sum(cost["drawing"] for cost in costs) / sum(cost["seconds"] for cost in costs)
    patches = " or ".join(dict.fromkeys(" x ".join(map(str, cost["patch"])) for cost in costs))
    levels = max(len(cost["strides"]) for cost in costs)
    voxels = " x ".join(f"{size:g}" for size in about["spacing"])
    return [
        f"- `{about['command']}`",
        f"- Voxels of {voxels} mm, patches of {patches} (z, y, x), {levels} levels.",
        f"- Steps by site: {steps}; {share:.0%} of the CPU time went to drawing patches. {about['minutes']:.0f} min in "
        "all, other work beside it.",
        "- " + ", ".join(f"{name} {value}" for name, value in about["libraries"].items()),
    ]
