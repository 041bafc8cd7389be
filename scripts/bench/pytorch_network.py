"""The project's U-Net and its segmentation loss in PyTorch, under the same names of weights.

Volumes are [batch, channels, depth, height, width] here, filters [out, in, depth, height, width].
"""

from __future__ import annotations

from typing import TypedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.01  # src/model/layers.ts
EPSILON = 1e-5  # src/engine/ops/norm_act.ts
SMOOTH = 1e-5  # src/segmentation/losses.ts


class NetworkSettings(TypedDict):
    """A UNetConfig of src/model/config.ts with instance normalisation."""

    classes: int
    baseFilters: int
    levels: int
    pool: list[list[int]]


class ConvBlock(nn.Module):
    """Convolution 3x3x3 without bias, instance normalisation, leaky ReLU."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(channels_in, channels_out, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.convolution.weight, a=SLOPE)
        self.norm = nn.InstanceNorm3d(channels_out, eps=EPSILON, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(self.norm(self.convolution(x)), SLOPE, inplace=True)


def blocks(channels_in: int, channels_out: int) -> nn.Sequential:
    """The two blocks of a level."""
    return nn.Sequential(
        ConvBlock(channels_in, channels_out), ConvBlock(channels_out, channels_out)
    )


class Backbone(nn.Module):
    """The contracting path, and the expanding path down to level `finest`."""

    def __init__(self, settings: NetworkSettings, finest: int = 0) -> None:
        super().__init__()
        base, levels = settings["baseFilters"], settings["levels"]
        self.pool = [tuple(factor) for factor in settings["pool"]]
        filters = [base * 2**level for level in range(levels)]
        self.encoder = nn.ModuleList(
            blocks(1 if level == 0 else filters[level - 1], filters[level])
            for level in range(levels)
        )
        self.levels = list(range(levels - 2, finest - 1, -1))  # coarsest first
        self.lateral = nn.ModuleList(
            nn.Conv3d(filters[level + 1], filters[level], 1, bias=False) for level in self.levels
        )
        self.decoder = nn.ModuleList(
            blocks(2 * filters[level], filters[level]) for level in self.levels
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """The encoder's maps, finest first, then the decoder's, coarsest first."""
        encoded: list[Tensor] = []
        for level, layers in enumerate(self.encoder):
            if level > 0:
                x = functional.max_pool3d(x, self.pool[level - 1])
            x = layers(x)
            encoded.append(x)
        decoded: list[Tensor] = []
        for level, lateral, layers in zip(self.levels, self.lateral, self.decoder):
            raised = functional.interpolate(
                lateral(x), scale_factor=self.pool[level], mode="nearest"
            )
            x = layers(torch.cat([encoded[level], raised], 1))
            decoded.append(x)
        return encoded + decoded


class UNet(nn.Module):
    """Logits [batch, classes, depth, height, width] of every voxel."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.backbone = Backbone(settings)
        self.logits = nn.Conv3d(settings["baseFilters"], settings["classes"], 1)
        nn.init.zeros_(self.logits.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.backbone(x)[-1])


def parameters_by_name(network: UNet | Backbone) -> dict[str, nn.Parameter]:
    """The parameters under the project's names: "encoder/level0/block1/filter"."""
    backbone = network.backbone if isinstance(network, UNet) else network
    named: dict[str, nn.Parameter] = {}

    def add(path: str, layers: nn.Sequential) -> None:
        for index, block in enumerate(layers):
            named[f"{path}/block{index}/filter"] = block.convolution.weight
            named[f"{path}/block{index}/gamma"] = block.norm.weight
            named[f"{path}/block{index}/beta"] = block.norm.bias

    for level, layers in enumerate(backbone.encoder):
        add(f"encoder/level{level}", layers)
    for level, lateral, layers in zip(backbone.levels, backbone.lateral, backbone.decoder):
        named[f"decoder/level{level}/lateral/filter"] = lateral.weight
        add(f"decoder/level{level}", layers)
    if isinstance(network, UNet):
        named["decoder/logits/filter"] = network.logits.weight
        named["decoder/logits/bias"] = network.logits.bias
    return named


def dice_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Soft Dice of the batch's foreground plus cross-entropy (src/segmentation/losses.ts).

    `labels` is [batch, depth, height, width] of integers.
    """
    log_p = functional.log_softmax(logits, 1)
    entropy = functional.nll_loss(log_p, labels)
    p = log_p.exp()
    y = functional.one_hot(labels, logits.shape[1]).movedim(-1, 1).to(p.dtype)
    over = (0, 2, 3, 4)
    scores = (2 * (p * y).sum(over) + SMOOTH) / (p.sum(over) + y.sum(over) + SMOOTH)
    return 1 - scores[1:].mean() + entropy
