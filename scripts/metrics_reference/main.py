"""Writes the figures that the tests of the metrics hold to: names, digests and figures, never a label.

    python3 -m venv VENV && VENV/bin/pip install -r scripts/metrics_reference/requirements.txt
    VENV/bin/python scripts/metrics_reference/main.py --data ../shared/data && deno fmt tests

Without --data, only the synthetic masks' figures are written.
"""

import argparse
import json
from importlib.metadata import version
from pathlib import Path

from figures import figures
from masks import SYNTHETIC, draw
from real import load, pairs

OUT = Path(__file__).parents[2] / "tests/segmentation/metrics/fixtures"
LIBRARIES = {name: version(name) for name in ("monai", "numpy", "scipy", "surface-distance", "torch")}


def write(name: str, cases: list[dict]) -> None:
    path = OUT / name
    path.write_text(json.dumps({"libraries": LIBRARIES, "cases": cases}, indent=2) + "\n")
    print(f"wrote {len(cases)} cases to {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the reference figures of the metrics' tests.")
    parser.add_argument("--data", type=Path, help="folder that holds acdc/ and hippocampus/")
    data = parser.parse_args().data
    synthetic = []
    for case in SYNTHETIC:
        prediction, truth = (draw(case[side], case["dims"]) == 1 for side in ("prediction", "truth"))
        synthetic.append({**case, "figures": figures(prediction, truth, case["spacing"])})
    write("synthetic.json", synthetic)
    if data is None:
        return
    real = []
    for pair in pairs(data):
        prediction, truth = load(data, pair)
        by_label = {str(v): figures(prediction == v, truth == v, pair["spacing"]) for v in pair["labels"]}
        real.append({**pair, "figures": by_label})
    write("real.json", real)


main()
