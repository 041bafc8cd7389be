"""MONAI's DynUNet as nnU-Net would plan it, and nnU-Net's loss."""

from __future__ import annotations

import math

import numpy as np
import torch
from monai.losses import DiceCELoss
from monai.networks.nets import DynUNet

SMALLEST = 4  # voxels along an axis of the coarsest map (nnU-Net's UNet_min_size_of_feature_map)


def plan(field: tuple[int, ...], spacing: np.ndarray) -> tuple[tuple[int, ...], list[list[int]], list[list[int]]]:
    """Patch, strides and kernels by level for a field of so many voxels (nnU-Net's get_pool_and_conv_props).

    An axis is halved while that leaves 4 voxels and its voxels are less than twice the finest; it is convolved along
    from where it is halved or no longer twice as coarse. The patch is the field, made as long as the halvings take.
    """
    size, current = np.array(field), np.array(spacing, float)
    strides, kernels = [[1] * len(field)], []
    halved, deep = np.ones(len(field), int), np.zeros(len(field), bool)
    while True:
        can = size >= 2 * SMALLEST
        if can.any():
            can &= current / current[can].min() < 2
        if not can.any() or (can.sum() == 1 and size[can][0] < 3 * SMALLEST):
            break
        deep |= current / current.min() < 2
        kernels.append(np.where(deep, 3, 1).tolist())
        factor = np.where(can, 2, 1)
        strides.append(factor.tolist())
        size, current, halved = np.ceil(size / factor).astype(int), current * factor, halved * factor
    kernels.append([3] * len(field))
    patch = tuple(int(math.ceil(extent / factor) * factor) for extent, factor in zip(field, halved))
    return patch, strides, kernels


def build(classes: int, base: int, strides: list[list[int]], kernels: list[list[int]]) -> DynUNet:
    """With `base` filters at the finest level, twice as many at each coarser one, 320 at the most."""
    return DynUNet(
        spatial_dims=3,
        in_channels=1,
        out_channels=classes,
        kernel_size=kernels,
        strides=strides,
        upsample_kernel_size=strides[1:],
        filters=[min(320, base * 2**level) for level in range(len(strides))],
        norm_name=("instance", {"affine": True}),
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
        deep_supervision=len(strides) > 2,
        deep_supr_num=max(1, len(strides) - 2),
    )


class Loss:
    """Dice and cross-entropy at every supervised level, each counting half as much as the next finer one."""

    def __init__(self) -> None:
        self.loss = DiceCELoss(include_background=False, to_onehot_y=True, softmax=True)

    def __call__(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        levels = outputs.unbind(1) if outputs.dim() == 6 else [outputs]
        weights = [0.5**level for level in range(len(levels))]
        return sum(w * self.loss(level, labels) for w, level in zip(weights, levels)) / sum(weights)
