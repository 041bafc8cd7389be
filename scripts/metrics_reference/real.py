"""Which real labels are compared, and how one of them is turned into a prediction."""

import hashlib
from pathlib import Path

import nibabel
import numpy as np

# The two phases of one patient lie on one grid and differ as a fair prediction does from the truth. The voxel size of
# this copy of ACDC was lost, so sizes within its true range (Bernard et al., IEEE TMI 37:2514, 2018) are set by hand.
ACDC = [
    ("patient001_frame01", "patient001_frame12", [1.5625, 1.5625, 10]),
    ("patient007_frame01", "patient007_frame07", [1.37, 1.37, 5]),
    ("patient043_frame01", "patient043_frame07", [1.68, 1.45, 8]),
]
# No two hippocampi share a grid, so the label itself is moved, or loses a structure.
HIPPOCAMPUS = [
    ({"shift": [2, -1, 1]}, [1, 1, 1]),
    ({"shift": [0, 3, -2]}, [0.8, 1.1, 2.5]),
    ({"shift": [-1, 0, 0], "without": 2}, [1, 1, 1]),
]


def pairs(data: Path) -> list[dict]:
    """The pairs that are to be compared; paths are relative to the data's folder."""
    result = []
    labels = data / "acdc" / "labelsTr"
    for first, second, spacing in ACDC:
        for prediction, truth in [(first, second), (second, first)]:
            result.append(_pair(data, labels / f"{prediction}.nii.gz", labels / f"{truth}.nii.gz", {}, spacing, [1, 2, 3]))
    cases = sorted((data / "hippocampus" / "labelsTr").glob("*.nii.gz"))
    for path in cases[::40]:
        for change, spacing in HIPPOCAMPUS:
            result.append(_pair(data, path, path, change, spacing, [1, 2]))
    return result


def _pair(data: Path, prediction: Path, truth: Path, change: dict, spacing: list[float], labels: list[int]) -> dict:
    name = f"{prediction.parent.parent.name}: {prediction.name.split('.')[0]} as {truth.name.split('.')[0]}"
    described = [f"{key} {value}" for key, value in change.items()]
    return {
        "name": ", ".join([name, *described, " x ".join(map(str, spacing)) + " mm"]),
        "prediction": str(prediction.relative_to(data)),
        "truth": str(truth.relative_to(data)),
        "digests": [hashlib.sha256(path.read_bytes()).hexdigest() for path in (prediction, truth)],
        "change": change,
        "spacing": spacing,
        "labels": labels,
    }


def load(data: Path, pair: dict) -> tuple[np.ndarray, np.ndarray]:
    """Label values [x, y, z] of prediction and truth, as stored."""
    prediction, truth = (np.asarray(nibabel.load(data / pair[key]).dataobj) for key in ("prediction", "truth"))
    return _changed(prediction, **pair["change"]), truth


def _changed(labels: np.ndarray, shift: tuple[int, ...] = (0, 0, 0), without: int | None = None) -> np.ndarray:
    """The labels moved by so many voxels, background coming in; one value made background."""
    moved = np.zeros_like(labels)
    to = tuple(slice(max(0, step), extent + min(0, step)) for step, extent in zip(shift, labels.shape))
    start = tuple(slice(max(0, -step), extent + min(0, -step)) for step, extent in zip(shift, labels.shape))
    moved[to] = labels[start]
    if without is not None:
        moved[moved == without] = 0
    return moved
