"""What MONAI and DeepMind's surface-distance say of two masks; names are those of the metrics, with a tolerance behind @."""

import warnings

import numpy as np
import torch
from monai.metrics import (
    compute_average_surface_distance,
    compute_dice,
    compute_hausdorff_distance,
    compute_iou,
    compute_surface_dice,
)
from monai.metrics.utils import get_mask_edges
from scipy import ndimage

# surface-distance 0.1 was written for NumPy 1 and an older SciPy: these four names are gone, and nothing else.
np.Inf = np.inf
np.NaN = np.nan
ndimage.filters = ndimage
ndimage.morphology = ndimage
import surface_distance  # noqa: E402

# Of surface Dice, in mm; 2 is the default here.
TOLERANCES = [0, 0.5, 1, 2, 5]


def figures(prediction: np.ndarray, truth: np.ndarray, spacing: list[float]) -> dict:
    """All figures of two boolean masks [x, y, z]; a figure that is infinite or not a number becomes its name."""
    spacing = [float(size) for size in spacing]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "monai": _written(monai(prediction, truth, spacing)),
            "float64": _written(in_float64(prediction, truth, spacing)),
            "surface-distance": _written(deepmind(prediction, truth, spacing)),
        }


def monai(prediction: np.ndarray, truth: np.ndarray, spacing: list[float]) -> dict:
    """MONAI as its users call it; it computes in float32."""
    masks = [torch.from_numpy(mask.astype(np.float32))[None, None] for mask in (prediction, truth)]
    hd95 = compute_hausdorff_distance(*masks, include_background=True, percentile=95, spacing=spacing)
    assd = compute_average_surface_distance(*masks, include_background=True, symmetric=True, spacing=spacing)
    dice = compute_dice(*masks, include_background=True, ignore_empty=True)
    iou = compute_iou(*masks, include_background=True, ignore_empty=True)
    # counts voxels of the surfaces; with use_subvoxels it would be DeepMind's
    within = {
        f"surface-dice@{t}": compute_surface_dice(*masks, [t], include_background=True, spacing=spacing).item()
        for t in TOLERANCES
    }
    return {"dice": dice.item(), "iou": iou.item(), "hd95": hd95.item(), "assd": assd.item(), **within}


def in_float64(prediction: np.ndarray, truth: np.ndarray, spacing: list[float]) -> dict:
    """The same definitions over MONAI's own edges, with SciPy's exact distance transform in float64."""
    if not prediction.any() or not truth.any():
        return {}
    edges = get_mask_edges(prediction, truth, always_return_as_numpy=True)
    to_truth, to_prediction = (
        ndimage.distance_transform_edt(~other, sampling=spacing)[own] for own, other in (edges, edges[::-1])
    )
    both = np.concatenate([to_truth, to_prediction])
    voxels, own, shared = (np.count_nonzero(mask) for mask in (prediction, truth, prediction & truth))
    return {
        "dice": 2 * shared / (voxels + own),
        "iou": shared / np.count_nonzero(prediction | truth),
        "hd95": max(np.percentile(to_truth, 95), np.percentile(to_prediction, 95)),
        "assd": both.mean(),
        "volume-difference": (voxels - own) * np.prod(spacing) / 1000,
        **{f"surface-dice@{t}": np.count_nonzero(both <= t) / both.size for t in TOLERANCES},
    }


def deepmind(prediction: np.ndarray, truth: np.ndarray, spacing: list[float]) -> dict:
    """surface-distance; its two directed averages, weighted by area, are halved into one figure."""
    distances = surface_distance.compute_surface_distances(truth, prediction, spacing)
    return {
        "dice": surface_distance.compute_dice_coefficient(truth, prediction),
        "hd95": surface_distance.compute_robust_hausdorff(distances, 95),
        "assd": sum(surface_distance.compute_average_surface_distance(distances)) / 2,
        **{f"surface-dice@{t}": surface_distance.compute_surface_dice_at_tolerance(distances, t) for t in TOLERANCES},
    }


def _written(values: dict) -> dict:
    return {key: float(value) if np.isfinite(value) else str(float(value)) for key, value in values.items()}
