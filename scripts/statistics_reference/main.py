"""Writes what SciPy says of paired figures, which the tests of the signed-rank test hold to.

    python3 -m venv VENV && VENV/bin/pip install -r scripts/statistics_reference/requirements.txt
    VENV/bin/python scripts/statistics_reference/main.py && deno fmt tests
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import norm, wilcoxon

OUT = Path(__file__).parents[2] / "tests/evaluation/statistics/fixtures/scipy.json"


def samples() -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Paired figures of every kind: few and many, with and without ties and pairs that do not differ."""
    generator = np.random.default_rng(20)
    result = []
    for n in [1, 2, 3, 5, 8, 10, 17, 25, 40, 50, 51, 80, 200]:
        for lead in [0, 0.02, 0.1]:
            first = np.clip(generator.normal(0.6 + lead, 0.1, n), 0, 1)
            second = np.clip(generator.normal(0.6, 0.1, n), 0, 1)
            result.append((f"{n} pairs, lead {lead}", first, second))
    for n in [4, 9, 20, 60]:
        first, second = generator.integers(0, 9, n) / 8, generator.integers(0, 7, n) / 8
        if np.all(first == second):
            first[0] += 1 / 8
        result.append((f"{n} pairs in eighths, with ties", first, second))
    first, second = generator.normal(0.7, 0.1, 12), generator.normal(0.6, 0.1, 12)
    second[[2, 5, 9]] = first[[2, 5, 9]]
    result.append(("12 pairs of which 3 do not differ", first, second))
    result.append(("one side always ahead", np.arange(1, 31) / 8, np.zeros(30)))
    return result


def case(name: str, first: np.ndarray, second: np.ndarray) -> dict:
    """With the method that this project takes: exact for up to 50 differences without ties."""
    differences = (first - second)[first != second]
    exact = len(differences) <= 50 and len(np.unique(np.abs(differences))) == len(differences)
    method = "exact" if exact else "asymptotic"
    test = wilcoxon(first, second, zero_method="wilcox", correction=not exact, method=method)
    return {
        "name": name,
        "first": first.tolist(),
        "second": second.tolist(),
        "method": "exact" if exact else "normal",
        "statistic": float(test.statistic),
        "p": float(test.pvalue),
    }


OUT.write_text(
    json.dumps(
        {
            "libraries": {name: version(name) for name in ("numpy", "scipy")},
            "wilcoxon": [case(*sample) for sample in samples()],
            "upperTail": [[z, float(norm.sf(z))] for z in [0, 0.01, 0.5, 1, 1.96, 2.5, 2.82, 2.83, 3, 5, 8, 12, 30, -1.3]],
        }
    )
    + "\n"
)
