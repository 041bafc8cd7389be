"""The network of an exported model: a 3D U-Net that needs nothing but PyTorch.

    from network import load

    network = load(".")        # the folder of config.json and weights.safetensors
    logits = network(volumes)  # [batch, channel, z, y, x] -> [batch, class, z, y, x]
"""
import json
import math
import struct
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn


class Block(nn.Module):
    """Convolution 3x3x3 without bias, normalisation, leaky ReLU."""

    def __init__(self, channels_in, channels_out, norm):
        super().__init__()
        # a group a channel is instance normalisation
        groups = channels_out if norm == "instance" else math.gcd(8, channels_out)
        self.conv = nn.Conv3d(channels_in, channels_out, 3, padding=1, bias=False)
        self.norm = nn.GroupNorm(groups, channels_out, eps=1e-5)

    def forward(self, x):
        return nn.functional.leaky_relu(self.norm(self.conv(x)), 0.01)


class Up(nn.Module):
    """A level back up: channels are halved, voxels repeated, the encoder's map joined, two blocks."""

    def __init__(self, channels, norm):
        super().__init__()
        self.lateral = nn.Conv3d(2 * channels, channels, 1, bias=False)
        self.block0 = Block(2 * channels, channels, norm)
        self.block1 = Block(channels, channels, norm)

    def forward(self, coarse, skip):
        raised = nn.functional.interpolate(self.lateral(coarse), size=skip.shape[2:], mode="nearest")
        return self.block1(self.block0(torch.cat([skip, raised], dim=1)))


class UNet(nn.Module):
    """The whole network, from what config.json says under "network"."""

    def __init__(self, baseFilters, classes, levels, norm, pool, channels=1):
        super().__init__()
        self.pool = [tuple(factor) for factor in pool]  # (z, y, x), from each level to the next
        filters = [baseFilters * 2**level for level in range(levels)]
        firsts = [channels] + filters[:-1]
        self.encoder = nn.ModuleDict({
            f"level{level}": nn.Sequential(OrderedDict(block0=Block(first, out, norm), block1=Block(out, out, norm)))
            for level, (first, out) in enumerate(zip(firsts, filters))
        })
        self.decoder = nn.ModuleDict({f"level{level}": Up(out, norm) for level, out in enumerate(filters[:-1])})
        self.decoder["logits"] = nn.Conv3d(baseFilters, classes, 1)

    def features(self, x):
        """The encoder's maps, the finest first."""
        maps = []
        for level, blocks in enumerate(self.encoder.values()):
            x = blocks(nn.functional.max_pool3d(x, self.pool[level - 1]) if level > 0 else x)
            maps.append(x)
        return maps

    def forward(self, x):
        *skips, x = self.features(x)
        for level in reversed(range(len(skips))):
            x = self.decoder[f"level{level}"](x, skips[level])
        return self.decoder["logits"](x)


def read_safetensors(path):
    """The tensors of a file of float32 tensors, as the package safetensors gives them."""
    data = bytearray(Path(path).read_bytes())
    start = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=start + begin)
        tensors[name] = values.reshape(entry["shape"]).clone()
    return tensors


def load(folder):
    """The network with its weights, in evaluation mode. Of an encoder, levels that were not trained have new weights."""
    config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    network = UNet(**config["network"])
    tensors = read_safetensors(Path(folder) / config["weights"]["file"])
    lacking, unknown = network.load_state_dict(tensors, strict=config["kind"] == "segmentation")
    if unknown or any(name.startswith("encoder.") for name in lacking):
        raise ValueError(f"the weights are not those of config.json: {unknown or lacking}")
    return network.eval()
