"""Holds the scores to the figures that the tests of src/segmentation/metrics hold to, on real labels.

    VENV/bin/python scripts/evaluate/yardstick/check.py ../shared/data
"""

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "scripts/metrics_reference"))

from real import load  # noqa: E402
from score import dice, hd95  # noqa: E402

pairs = json.loads((ROOT / "tests/segmentation/metrics/fixtures/real.json").read_text())["cases"]
compared = 0
for pair in pairs:
    prediction, truth = load(Path(sys.argv[1]), pair)
    for label, figures in pair["figures"].items():
        expected = figures["float64"]
        if not expected:
            continue
        masks = prediction == int(label), truth == int(label)
        np.testing.assert_allclose(dice(*masks), expected["dice"], rtol=1e-9)
        np.testing.assert_allclose(hd95(*masks, pair["spacing"]), expected["hd95"], rtol=1e-9)
        compared += 1
print(f"{compared} structures have the Dice and HD95 that the tests expect")
