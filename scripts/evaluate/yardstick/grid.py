"""From files to the grid that the network sees and back, as src/data/prepare.ts and restore.ts do it.

Volumes are [z, y, x] along RAS axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np


@dataclass
class Case:
    """A volume as the network sees it, and what brings a prediction back."""

    id: str
    image: np.ndarray  # float32, mean 0 and deviation 1
    label: np.ndarray  # classes: 0 is background, i the i-th label value
    truth: np.ndarray  # classes on the file's own grid
    spacing: tuple[float, ...]  # mm, of the file's own grid
    whole: tuple[int, ...]  # voxels of the resampled grid before it is cropped
    window: tuple[slice, ...]  # what is kept of it


def own_grid(path: str, plan: dict) -> tuple[nibabel.Nifti1Image, np.ndarray]:
    """The image along RAS axes, and its voxel size z, y, x in mm, mended as the plan says."""
    stored = nibabel.load(path)
    spacing = np.array(stored.header.get_zooms()[:3], float)
    if "fieldOfView" in plan:
        in_plane = plan["fieldOfView"] / max(stored.shape[:2])
        spacing = np.array([in_plane, in_plane, plan.get("sliceSpacing", spacing[2])])
    axes = nibabel.io_orientation(stored.affine)[:, 0].astype(int)
    along = np.empty(3)
    along[axes] = spacing
    return nibabel.as_closest_canonical(stored), along[::-1]


def prepare(case: str, files: dict, plan: dict, labels: dict, target: np.ndarray) -> Case:
    """Brings a case to voxels of `target` z, y, x mm, crops and normalises it."""
    image, spacing = own_grid(files["image"], plan)
    data = np.asarray(image.get_fdata(dtype=np.float32)).transpose(2, 1, 0)
    stored = np.rint(own_grid(files["label"], plan)[0].get_fdata()).transpose(2, 1, 0)
    truth = np.zeros(data.shape, np.uint8)
    for index, value in enumerate(sorted(map(int, labels)), 1):
        truth[stored == value] = index
    extent = np.array(data.shape) * spacing
    whole = tuple(np.maximum(1, np.floor(extent / target + 0.5)).astype(int))
    crop = np.array(plan.get("crop", [np.inf] * 3)[::-1])
    kept = np.minimum(whole, np.maximum(1, np.floor(crop / (extent / whole) + 0.5))).astype(int)
    start = (np.array(whole) - kept) // 2
    window = tuple(slice(low, low + size) for low, size in zip(start, kept))
    shares = np.stack([resample((truth == k).astype(np.float32), whole) for k in range(len(labels) + 1)])
    return Case(
        id=case,
        image=normalise(np.ascontiguousarray(resample(data, whole)[window])),
        label=shares.argmax(0)[window].astype(np.uint8),
        truth=truth,
        spacing=tuple(spacing),
        whole=whole,
        window=window,
    )


def restore(case: Case, probabilities: np.ndarray) -> np.ndarray:
    """The classes on the file's own grid of probabilities [class, z, y, x]; outside the window is background."""
    best, winners = np.full(case.truth.shape, -np.inf, np.float32), np.zeros(case.truth.shape, np.uint8)
    for index, share in enumerate(probabilities):
        full = np.full(case.whole, float(index == 0), np.float32)
        full[case.window] = share
        full = resample(full, case.truth.shape)
        winners[full > best] = index
        best = np.maximum(best, full)
    return winners


def resample(volume: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Linear, with a triangle as wide as the new voxels where they are coarser; the border's value counts on."""
    for axis, to in enumerate(shape):
        if volume.shape[axis] != to:
            moved = np.tensordot(_weights(volume.shape[axis], to), volume, (1, axis))
            volume = np.moveaxis(moved, 0, axis)
    return volume


def _weights(size: int, to: int) -> np.ndarray:
    scale = size / to
    radius = max(1.0, scale)
    centres = (np.arange(to) + 0.5) * scale - 0.5
    reach = int(np.ceil(radius)) + 1
    weights = np.zeros((to, size + 2 * reach))
    places = np.arange(-reach, size + reach)
    weights += np.maximum(0, 1 - np.abs(places[None] - centres[:, None]) / radius)
    inner = weights[:, reach:-reach].copy()
    inner[:, 0] += weights[:, :reach].sum(1)
    inner[:, -1] += weights[:, -reach:].sum(1)
    return (inner / inner.sum(1, keepdims=True)).astype(np.float32)


def normalise(data: np.ndarray) -> np.ndarray:
    """Clipped to the percentiles .5 and 99.5, mean 0, deviation 1; zeros are air where they are a quarter or more."""
    zero = data == 0
    tissue = ~zero if zero.mean() >= 0.25 and not zero.all() else np.ones_like(zero)
    low, high = np.percentile(data, 0.5), np.percentile(data[tissue], 99.5)
    clipped = np.clip(data, low, high)
    return ((clipped - clipped[tissue].mean()) / clipped[tissue].std()).astype(np.float32)


def full_resolution(split: dict) -> np.ndarray:
    """The median voxel size z, y, x of the training images, which nnU-Net would take."""
    ids = {case for site in split["sites"] for case in site["training"]}
    images = [own_grid(split["cases"][case]["image"], split["plan"])[1] for case in sorted(ids)]
    return np.median(images, 0)
