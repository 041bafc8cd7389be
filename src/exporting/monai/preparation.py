"""Volumes as the network was trained with them, and predictions back on the volumes' own grids.

MONAI's own transforms place voxels otherwise, do not average where voxels get larger, and take other percentiles.
"""
import math

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform, MapTransform

SAMPLE = 200_000  # values looked at for a percentile


def nearest(value):
    """The nearest whole number; halves go up."""
    return math.floor(value + 0.5)


def axis_weights(source, target):
    """[target, source]: linear interpolation along an axis, by a triangle as wide as the new voxels if these are larger."""
    scale = source / target
    radius = max(1.0, scale)
    weights = np.zeros((target, source))
    for index in range(target):
        centre = (index + 0.5) * scale - 0.5
        taps = np.arange(math.floor(centre - radius) + 1, math.ceil(centre + radius))
        heights = 1 - np.abs(taps - centre) / radius
        np.add.at(weights[index], np.clip(taps, 0, source - 1), heights)  # the border's value counts on
    return weights / weights.sum(axis=1, keepdims=True)


def resample(volume, shape):
    """[channel, z, y, x] on a grid of `shape` with the same extent, the axes that get coarser first."""
    for axis in sorted((3, 2, 1), key=lambda each: shape[each - 1] / volume.shape[each]):
        if volume.shape[axis] != shape[axis - 1]:
            weights = torch.as_tensor(axis_weights(volume.shape[axis], shape[axis - 1]), dtype=volume.dtype)
            weighted = torch.tensordot(volume, weights.to(volume.device), dims=([axis], [1]))
            volume = torch.movedim(weighted, -1, axis)
    return volume


def fill_gaps(volume):
    """Values that are no number, or infinite, become the channel's smallest."""
    finite = torch.isfinite(volume)
    smallest = torch.where(finite, volume, math.inf).amin(dim=(1, 2, 3), keepdim=True)
    return torch.where(finite, volume, smallest)


def replaced(tensor, values, affine):
    """The tensor with other values at another place; what was done to it stays."""
    meta = {**tensor.meta, "affine": affine}
    return MetaTensor(values, meta=meta, applied_operations=tensor.applied_operations)


def percentile(ordered, percent):
    return ordered[nearest(percent / 100 * (len(ordered) - 1))]


def normalise(channel, percentiles, air_share):
    """Clipped to the percentiles, of mean 0 and deviation 1; without zeros where these are air."""
    values = channel.flatten().cpu().numpy().astype(np.float32)
    zeros = int((values == 0).sum())
    masked = air_share * values.size <= zeros < values.size
    sample = values[:: max(1, values.size // SAMPLE)]
    tissue = sample[sample != 0] if masked else sample
    low = percentile(np.sort(sample), percentiles[0])
    high = percentile(np.sort(tissue), percentiles[1]) if tissue.size else np.float32(0)
    clipped = np.clip(values, low, high).astype(np.float64)
    counted = clipped[values != 0] if masked else clipped
    deviation = counted.std()
    if not deviation > 1e-7 * max(abs(low), abs(high)):
        raise ValueError(f"normalising a volume: its voxels must not all be the same ({counted.mean()})")
    normal = (clipped - counted.mean()) / deviation
    return torch.as_tensor(normal.astype(np.float32), device=channel.device).reshape(channel.shape)


class Prepared(MapTransform, InvertibleTransform):
    """
    [channel, z, y, x], axes of SAR, at the spacing and cropped and normalised as for the training. Its inverse brings
    classes' probabilities back.

    Args:
        spacing: mm along z, y, x; None keeps each volume's own.
        crop: mm along z, y, x that are kept about the middle; None keeps all.
        percentiles: intensities are clipped to these.
        air_share: from this share of exact zeros on, zeros are air.
    """

    def __init__(self, keys, spacing, crop, percentiles, air_share):
        super().__init__(keys)
        self.spacing, self.crop = spacing, crop
        self.percentiles, self.air_share = percentiles, air_share

    def grid(self, shape, spacing):
        """The grid that a volume is brought to, and the first voxel and the shape of what is kept of it."""
        if self.spacing is None:
            whole = tuple(shape)
        else:
            whole = tuple(max(1, nearest(n * mm / to)) for n, mm, to in zip(shape, spacing, self.spacing))
        if self.crop is None:
            return whole, (0, 0, 0), whole
        actual = [mm * n / to for mm, n, to in zip(spacing, shape, whole)]
        kept = tuple(min(n, max(1, nearest(mm / of))) for n, mm, of in zip(whole, self.crop, actual))
        return whole, tuple((n - k) // 2 for n, k in zip(whole, kept)), kept

    def __call__(self, data):
        d = dict(data)
        for key in self.key_iterator(d):
            image = d[key]
            affine = image.affine.clone()
            shape = tuple(image.shape[1:])
            spacing = torch.linalg.norm(affine[:3, :3].double(), dim=0).tolist()
            whole, start, kept = self.grid(shape, spacing)
            window = (slice(None), *(slice(s, s + k) for s, k in zip(start, kept)))
            volume = resample(fill_gaps(image.as_tensor().float()), whole)[window]
            channels = [normalise(channel, self.percentiles, self.air_share) for channel in volume]
            scale = [n / to for n, to in zip(shape, whole)]
            step = torch.diag(torch.tensor([*scale, 1.0], dtype=affine.dtype))
            step[:3, 3] = torch.tensor([(s + 0.5) * of - 0.5 for s, of in zip(start, scale)], dtype=affine.dtype)
            d[key] = replaced(image, torch.stack(channels), affine @ step)
            info = {"shape": shape, "whole": whole, "start": start, "affine": affine}
            self.push_transform(d[key], orig_size=shape, extra_info=info)
        return d

    def inverse(self, data):
        d = dict(data)
        for key in self.key_iterator(d):
            probabilities = d[key]
            info = self.pop_transform(probabilities)["extra_info"]
            values = probabilities.as_tensor()
            whole = values.new_zeros((values.shape[0], *info["whole"]))
            whole[0] = 1  # what was not looked at is background
            window = (slice(None), *(slice(s, s + k) for s, k in zip(info["start"], values.shape[1:])))
            whole[window] = values
            d[key] = replaced(probabilities, resample(whole, tuple(info["shape"])), info["affine"])
        return d
