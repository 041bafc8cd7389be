"""One step of contrastive pre-training in PyTorch, as src/pretraining is configured by default.

The networks, the numbers of queries, keys and negatives, the loss and the optimiser are the same.
Where rows lie is drawn uniformly here, while the project works out each location's place in its
volume.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TypedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from pytorch_network import SLOPE, Backbone, NetworkSettings

HEAD_EPSILON = 1e-5  # src/pretraining/projection_head.ts
LEFT_OUT = -1e9  # src/pretraining/losses.ts


class ContrastiveSettings(TypedDict):
    """What the step takes from a PretrainConfig of src/pretraining/pretrain_config.ts."""

    decoderLevel: int
    volumes: int
    locations: int
    cells: int
    dimension: int
    hidden: int
    temperature: float
    negatives: int
    remote: int
    momentum: float
    learningRate: float
    weightDecay: float
    clipNorm: float


@dataclass
class Rows:
    """What rows show: [rows] each."""

    partitions: Tensor
    volumes: Tensor
    views: Tensor


@dataclass
class Bank:
    """The entries drawn from the memory bank."""

    features: Tensor  # [K, dimension]
    partitions: Tensor  # [K]
    remote: Tensor  # [K], true where the entry came from another site


class ProjectionHead(nn.Module):
    """Linear, batch norm by the rows at hand, ReLU, linear, L2 norm."""

    def __init__(self, inputs: int, hidden: int, dimension: int) -> None:
        super().__init__()
        self.hidden = nn.Parameter(torch.empty(inputs, hidden))
        self.gamma = nn.Parameter(torch.ones(hidden))
        self.beta = nn.Parameter(torch.zeros(hidden))
        self.output = nn.Parameter(torch.empty(hidden, dimension))
        nn.init.kaiming_normal_(self.hidden, a=SLOPE, mode="fan_out")
        nn.init.kaiming_normal_(self.output, a=1, mode="fan_out")

    def forward(self, x: Tensor) -> Tensor:
        """[rows, inputs] -> [rows, dimension]"""
        hidden = x @ self.hidden
        normalised = functional.batch_norm(
            hidden, None, None, self.gamma, self.beta, training=True, eps=HEAD_EPSILON
        )
        projected = functional.relu(normalised) @ self.output
        return projected / (projected.square().sum(1, keepdim=True) + HEAD_EPSILON).sqrt()


def contrastive_loss(
    queries: Tensor, keys: Tensor, bank: Bank, of_queries: Rows, of_keys: Rows, temperature: float
) -> Tensor:
    """The mean over the queries of l(q, Lambda(q), Q') + l(q, P(q), Q'), masked by default."""
    logits = queries @ torch.cat([keys, bank.features]).t() / temperature  # [queries, keys + K]
    own = (of_queries.volumes[:, None] == of_keys.volumes) & (
        of_queries.views[:, None] == of_keys.views
    )
    same_key = of_queries.partitions[:, None] == of_keys.partitions
    same_entry = of_queries.partitions[:, None] == bank.partitions
    local = (same_key & ~own).to(logits.dtype)
    lambdas = (same_entry & bank.remote).to(logits.dtype)
    weights = torch.cat(
        [part / part.sum(1, keepdim=True).clamp(min=1) for part in (local, lambdas)], 1
    )
    left_out = torch.cat([same_key | own, same_entry], 1)
    denominator = torch.logsumexp(logits + left_out * LEFT_OUT, 1, keepdim=True)
    return (functional.softplus(denominator - logits) * weights).sum() / len(queries)


def gather_rows(feature_map: Tensor, locations: Tensor) -> Tensor:
    """Voxels of a map [batch, channels, ...] by index over the flat batch: [rows, channels]"""
    flat = feature_map.flatten(2)
    voxels = flat.shape[2]
    return flat[torch.div(locations, voxels, rounding_mode="floor"), :, locations % voxels]


class ContrastiveStep:
    """Networks, optimiser and memory banks; `run` makes one step."""

    def __init__(
        self,
        network: NetworkSettings,
        settings: ContrastiveSettings,
        extent: int,
        device: torch.device,
    ) -> None:
        self.settings = settings
        self.device = device
        self.views = [
            torch.randn(settings["volumes"], 1, extent, extent, extent, device=device)
            for _ in range(2)
        ]
        backbone = Backbone(network, settings["decoderLevel"])
        base, bottleneck = network["baseFilters"], network["levels"] - 1
        self.maps = [bottleneck, -1]  # the encoder's last map and the decoder's finest
        inputs = [base * 2**bottleneck, base * 2 ** settings["decoderLevel"]]
        heads = [
            ProjectionHead(count, settings["hidden"], settings["dimension"]) for count in inputs
        ]
        self.online = nn.ModuleList([backbone, *heads]).to(device)
        self.slow = copy.deepcopy(self.online).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.online.parameters(),
            lr=settings["learningRate"],
            weight_decay=settings["weightDecay"],
        )
        entries = settings["remote"] + settings["volumes"] * settings["locations"]
        remote = torch.arange(entries, device=device) >= entries - settings["remote"]
        self.banks = [
            Bank(
                functional.normalize(torch.randn(entries, settings["dimension"], device=device)),
                torch.randint(settings["cells"], (entries,), device=device),
                remote,
            )
            for _ in heads
        ]

    def _draw_locations(self, voxels: int, count: int) -> Tensor:
        """Different voxels at random; with repetition only where there are too few."""
        rounds = math.ceil(count / voxels)
        return torch.cat([torch.randperm(voxels, device=self.device) for _ in range(rounds)])[
            :count
        ]

    def _draw(self, feature_map: Tensor, view: int) -> tuple[Rows, Tensor]:
        """The rows of one view, and where they lie in the map."""
        volumes, locations = self.settings["volumes"], self.settings["locations"]
        voxels = feature_map[0, 0].numel()
        volume = torch.arange(volumes, device=self.device).repeat_interleave(locations)
        within = torch.cat([self._draw_locations(voxels, locations) for _ in range(volumes)])
        partitions = torch.randint(self.settings["cells"], (len(volume),), device=self.device)
        return Rows(partitions, volume, torch.full_like(volume, view)), volume * voxels + within

    def _embed(self, networks: nn.ModuleList, view: int) -> list[tuple[Rows, Tensor]]:
        """Of each tap the rows of one view and their embeddings."""
        maps = networks[0](self.views[view])
        embedded = []
        for index, head in zip(self.maps, list(networks)[1:]):
            rows, locations = self._draw(maps[index], view)
            embedded.append((rows, head(gather_rows(maps[index], locations))))
        return embedded

    def run(self) -> float:
        """One step; its loss."""
        settings = self.settings
        with torch.no_grad():
            keys = self._embed(self.slow, 1)
        self.optimiser.zero_grad(set_to_none=True)
        losses = []
        for (rows, queries), (key_rows, key), bank in zip(
            self._embed(self.online, 0), keys, self.banks
        ):
            drawn = torch.randperm(len(bank.partitions), device=self.device)[
                : settings["negatives"]
            ]
            sample = Bank(bank.features[drawn], bank.partitions[drawn], bank.remote[drawn])
            losses.append(
                contrastive_loss(queries, key, sample, rows, key_rows, settings["temperature"])
            )
        loss = torch.stack(losses).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(self.online.parameters(), settings["clipNorm"])
        self.optimiser.step()
        with torch.no_grad():
            for slow, fast in zip(self.slow.parameters(), self.online.parameters()):
                slow.lerp_(fast, 1 - settings["momentum"])
            for (key_rows, key), bank in zip(keys, self.banks):
                bank.features[: len(key)] = key  # the local queue holds one step's keys
                bank.partitions[: len(key)] = key_rows.partitions
        return loss.item()
