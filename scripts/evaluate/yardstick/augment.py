"""Patches of labelled cases, changed at random as nnU-Net changes them, with MONAI's transforms.

Slices are thick, so geometry stays in their plane (nnU-Net's "dummy 2D"): a patch is an image whose channels are its
slices. Probabilities and ranges are those of nnU-Net 2's `get_training_transforms`.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from monai.transforms import (
    CenterSpatialCropd,
    Compose,
    RandAdjustContrastd,
    RandFlipd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandRotated,
    RandScaleIntensityd,
    RandScaleIntensityFixedMeand,
    RandSimulateLowResolutiond,
    RandZoomd,
)

from grid import Case


class Patches:
    """Draws batches; the last third of a batch, one at least, shows a structure (nnU-Net's oversampling)."""

    def __init__(self, cases: list[Case], patch: tuple[int, ...], seed: int, mirror: bool) -> None:
        self.cases, self.patch = cases, patch
        self.rng = np.random.default_rng(seed)
        # what a turn by any angle brings in, even as the patch so that the middle is the same
        wide = [size + 2 * math.ceil(size * (math.sqrt(2) - 1) / 2) for size in patch[1:]]
        self.read = (patch[0], *wide)
        self.places = [[np.argwhere(case.label == k) for k in range(1, case.label.max() + 1)] for case in cases]
        both, image = ["image", "label"], ["image"]
        mode = ["bilinear", "nearest"]
        self.change = Compose([
            RandRotated(both, range_x=math.pi, prob=0.2, mode=mode, padding_mode="border"),
            RandZoomd(both, prob=0.2, min_zoom=0.7, max_zoom=1.4, mode=mode, padding_mode="edge"),
            CenterSpatialCropd(both, patch[1:]),
            RandGaussianNoised(image, prob=0.1, std=0.1),
            RandGaussianSmoothd(image, prob=0.2 * 0.5, sigma_x=(0.5, 1.0), sigma_y=(0.5, 1.0)),
            RandScaleIntensityd(image, factors=0.25, prob=0.15),
            RandScaleIntensityFixedMeand(image, factors=0.25, fixed_mean=True, preserve_range=True, prob=0.15),
            RandSimulateLowResolutiond(image, prob=0.25 * 0.5, zoom_range=(0.5, 1.0), upsample_mode="bilinear"),
            RandAdjustContrastd(image, prob=0.1, gamma=(0.7, 1.5), invert_image=True, retain_stats=True),
            RandAdjustContrastd(image, prob=0.3, gamma=(0.7, 1.5), retain_stats=True),
            *([RandFlipd(both, prob=0.5, spatial_axis=axis) for axis in (0, 1)] if mirror else []),
        ]).set_random_state(seed)

    def batch(self, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Images [batch, 1, z, y, x] and classes of the same shape."""
        forced = max(1, round(size * 0.33))
        shown = [self.change(self._draw(index >= size - forced)) for index in range(size)]
        images, labels = (torch.stack([one[key].as_tensor() for one in shown])[:, None] for key in ("image", "label"))
        return images, labels

    def _draw(self, forced: bool) -> dict:
        index = self.rng.integers(len(self.cases))
        case = self.cases[index]
        shape, patch = np.array(case.image.shape), np.array(self.patch)
        low, high = np.minimum(0, shape - patch), np.maximum(0, shape - patch)  # where a patch may start
        start = self.rng.integers(low, high + 1)
        classes = [places for places in self.places[index] if len(places)]
        if forced and classes:
            places = classes[self.rng.integers(len(classes))]
            start = np.clip(places[self.rng.integers(len(places))] - patch // 2, low, high)
        start = start - (np.array(self.read) - patch) // 2
        inside = [np.clip(np.arange(at, at + size), 0, most - 1) for at, size, most in zip(start, self.read, shape)]
        image, label = (torch.from_numpy(volume[np.ix_(*inside)]) for volume in (case.image, case.label))
        return {"image": image, "label": label.float()}
