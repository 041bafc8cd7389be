"""Dice and HD95 as src/segmentation/metrics defines them."""

from __future__ import annotations

import math

import numpy as np
from monai.metrics.utils import get_mask_edges
from scipy import ndimage

ONE_PIECE = 0.95  # share of a structure in its largest part (src/segmentation/single_parts.ts)


def dice(prediction: np.ndarray, truth: np.ndarray) -> float | None:
    """None where neither mask has a voxel."""
    both = prediction.sum() + truth.sum()
    return None if both == 0 else float(2 * (prediction & truth).sum() / both)


def hd95(prediction: np.ndarray, truth: np.ndarray, spacing: tuple[float, ...]) -> float | None:
    """In mm; infinite where one mask is empty, None where both are."""
    if not prediction.any() or not truth.any():
        return None if not prediction.any() and not truth.any() else math.inf
    edges = get_mask_edges(prediction, truth)
    ways = ((edges[0], edges[1]), (edges[1], edges[0]))
    return max(
        float(np.percentile(ndimage.distance_transform_edt(~other, sampling=spacing)[own], 95)) for own, other in ways
    )


def single_parts(labels: list[np.ndarray], classes: int) -> list[int]:
    """The classes that lie in one piece in each of the labelled cases that show them."""

    def is_single(label: np.ndarray, index: int) -> bool:
        mask = label == index
        return mask.sum() == 0 or _largest(mask).sum() >= ONE_PIECE * mask.sum()

    return [index for index in range(1, classes) if all(is_single(label, index) for label in labels)]


def keep_largest(prediction: np.ndarray, classes: list[int]) -> np.ndarray:
    """Of these classes only the largest part, by faces."""
    kept = prediction.copy()
    for index in classes:
        mask = prediction == index
        if mask.any():
            kept[mask & ~_largest(mask)] = 0
    return kept


def _largest(mask: np.ndarray) -> np.ndarray:
    parts, _ = ndimage.label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return parts == sizes.argmax()
