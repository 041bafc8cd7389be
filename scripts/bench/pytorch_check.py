"""The numbers by which a test sees that PyTorch and the project compute the same functions."""

from __future__ import annotations

import math
from typing import Any, TypedDict

import torch
from torch import Tensor

from pytorch_contrastive import Bank, Rows, contrastive_loss
from pytorch_network import UNet, dice_cross_entropy, parameters_by_name


class NamedVector(TypedDict):
    """A NamedVector of src/core/vectors.ts."""

    name: str
    shape: list[int]
    data: list[float]


def from_project(vector: NamedVector) -> Tensor:
    """A weight as PyTorch holds it: filters have their channels first, outputs before inputs."""
    value = torch.tensor(vector["data"]).reshape(vector["shape"])
    return value.permute(4, 3, 0, 1, 2).contiguous() if value.dim() == 5 else value


def to_project(value: Tensor) -> list[float]:
    """The inverse of `from_project`, flat."""
    value = value.detach()
    return (value.permute(2, 3, 4, 1, 0) if value.dim() == 5 else value).flatten().tolist()


def check_training(request: dict[str, Any]) -> dict[str, Any]:
    """One step from the given weights: logits [batch, ..., classes], loss, moved weights."""
    network = UNet(request["network"])
    parameters = parameters_by_name(network)
    given = {vector["name"]: from_project(vector) for vector in request["weights"]}
    if given.keys() != parameters.keys():
        raise ValueError(f"the weights' names differ: {sorted(given.keys() ^ parameters.keys())}")
    with torch.no_grad():
        for name, parameter in parameters.items():
            if parameter.shape != given[name].shape:
                raise ValueError(
                    f"{name} must be {list(parameter.shape)}, got {list(given[name].shape)}"
                )
            parameter.copy_(given[name])
    shape = request["shape"]
    optimiser = torch.optim.AdamW(network.parameters(), lr=request["learningRate"], weight_decay=0)
    logits = network(torch.tensor(request["image"]).reshape(shape[0], 1, *shape[1:]))
    loss = dice_cross_entropy(logits, torch.tensor(request["labels"]).reshape(shape))
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(network.parameters(), math.inf)
    optimiser.step()
    return {
        "logits": logits.movedim(1, -1).flatten().tolist(),
        "loss": loss.item(),
        "gradientNorm": norm.item(),
        "weights": {name: to_project(parameter) for name, parameter in parameters.items()},
    }


def check_contrastive(request: dict[str, Any]) -> dict[str, Any]:
    """The loss of given rows, and its gradient with respect to the queries."""

    def rows(of: dict[str, list[int]]) -> Rows:
        return Rows(*(torch.tensor(of[field]) for field in ("partitions", "volumes", "views")))

    dimension = request["dimension"]
    queries, keys, entries = (
        torch.tensor(request[field]).reshape(-1, dimension)
        for field in ("queries", "keys", "entries")
    )
    queries.requires_grad_()
    bank = Bank(
        entries,
        torch.tensor(request["bank"]["partitions"]),
        torch.tensor(request["bank"]["remote"]) == 1,
    )
    loss = contrastive_loss(
        queries,
        keys,
        bank,
        rows(request["ofQueries"]),
        rows(request["ofKeys"]),
        request["temperature"],
    )
    (gradient,) = torch.autograd.grad(loss, queries)
    return {"loss": loss.item(), "gradient": gradient.flatten().tolist()}


def check(request: dict[str, Any]) -> dict[str, Any]:
    """Answers a request {"do": "check", "what": "training" or "contrastive", ...}."""
    return {"training": check_training, "contrastive": check_contrastive}[request["what"]](request)
