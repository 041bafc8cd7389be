"""Masks that need no data: drawn by formula, alike here and in tests/segmentation/metrics/_masks.ts.

A mask is a list of shapes, each of which sets its voxels to its value; later shapes are on top.
"""

import numpy as np

SYNTHETIC = [
    {
        "name": "two ellipsoids, thick slices",
        "dims": [24, 20, 9],
        "spacing": [1.5625, 1.5625, 10],
        "prediction": [{"kind": "ellipsoid", "centre": [11, 9, 4], "radii": [7.2, 5.1, 3.3]}],
        "truth": [{"kind": "ellipsoid", "centre": [12, 10, 4], "radii": [6.4, 6.4, 2.6]}],
    },
    {
        "name": "a wall and its hole, finer across",
        "dims": [17, 23, 12],
        "spacing": [2.2, 0.7, 1.3],
        "prediction": [
            {"kind": "ellipsoid", "centre": [8, 11, 6], "radii": [7.5, 9.5, 5.5]},
            {"kind": "ellipsoid", "centre": [8, 11, 6], "radii": [4.5, 6.5, 2.5], "value": 0},
        ],
        "truth": [
            {"kind": "ellipsoid", "centre": [7, 12, 6], "radii": [7.1, 8.8, 5.2]},
            {"kind": "ellipsoid", "centre": [7, 12, 6], "radii": [3.9, 5.8, 2.1], "value": 0},
        ],
    },
    {
        "name": "cut off by the grid on every side",
        "dims": [10, 9, 8],
        "spacing": [1, 2, 3],
        "prediction": [{"kind": "box", "low": [0, 0, 0], "high": [10, 9, 8]}],
        "truth": [{"kind": "box", "low": [0, 2, 1], "high": [7, 9, 8]}],
    },
    {
        "name": "one voxel against one voxel",
        "dims": [9, 9, 9],
        "spacing": [0.5, 1.25, 4],
        "prediction": [{"kind": "box", "low": [1, 2, 3], "high": [2, 3, 4]}],
        "truth": [{"kind": "box", "low": [7, 4, 6], "high": [8, 5, 7]}],
    },
    {
        "name": "one slice only",
        "dims": [30, 26, 1],
        "spacing": [1.4, 1.4, 8],
        "prediction": [{"kind": "ellipsoid", "centre": [14, 12, 0], "radii": [9, 7, 1]}],
        "truth": [{"kind": "ellipsoid", "centre": [16, 13, 0], "radii": [8, 8, 1]}],
    },
    {
        "name": "a far speck beside a good prediction",
        "dims": [28, 28, 10],
        "spacing": [1.5, 1.5, 6],
        "prediction": [
            {"kind": "ellipsoid", "centre": [10, 10, 4], "radii": [6, 6, 3]},
            {"kind": "box", "low": [26, 26, 9], "high": [28, 28, 10]},
        ],
        "truth": [{"kind": "ellipsoid", "centre": [10, 10, 4], "radii": [6, 6, 3]}],
    },
    {
        "name": "dense noise against sparse noise",
        "dims": [13, 11, 7],
        "spacing": [1.1, 0.9, 2.7],
        "prediction": [{"kind": "noise", "seed": 7, "percent": 40}],
        "truth": [{"kind": "noise", "seed": 8, "percent": 3}],
    },
    {
        "name": "the same mask twice",
        "dims": [12, 12, 12],
        "spacing": [1, 1, 3],
        "prediction": [{"kind": "noise", "seed": 9, "percent": 20}],
        "truth": [{"kind": "noise", "seed": 9, "percent": 20}],
    },
    {
        "name": "nothing predicted",
        "dims": [8, 8, 8],
        "spacing": [1, 1, 2],
        "prediction": [],
        "truth": [{"kind": "box", "low": [2, 2, 2], "high": [5, 5, 5]}],
    },
    {
        "name": "nothing to find",
        "dims": [8, 8, 8],
        "spacing": [1, 1, 2],
        "prediction": [{"kind": "box", "low": [2, 2, 2], "high": [5, 5, 5]}],
        "truth": [],
    },
    {"name": "nothing at all", "dims": [8, 8, 8], "spacing": [1, 1, 2], "prediction": [], "truth": []},
]


def draw(shapes: list[dict], dims: list[int]) -> np.ndarray:
    """Labels [x, y, z] of the shapes."""
    mask = np.zeros(dims, np.uint8)
    for shape in shapes:
        mask[_voxels(shape, dims)] = shape.get("value", 1)
    return mask


def _voxels(shape: dict, dims: list[int]) -> np.ndarray:
    x, y, z = np.indices(dims).astype(np.float64)
    if shape["kind"] == "box":
        inside = np.ones(dims, bool)
        for position, low, high in zip((x, y, z), shape["low"], shape["high"]):
            inside &= (position >= low) & (position < high)
        return inside
    if shape["kind"] == "ellipsoid":
        (cx, cy, cz), (rx, ry, rz) = shape["centre"], shape["radii"]
        dx, dy, dz = (x - cx) / rx, (y - cy) / ry, (z - cz) / rz
        return dx * dx + dy * dy + dz * dz <= 1
    state, inside = shape["seed"], []
    for _ in range(dims[0] * dims[1] * dims[2]):
        state = (1664525 * state + 1013904223) % 2**32
        inside.append((state >> 8) % 100 < shape["percent"])
    return np.array(inside).reshape(dims, order="F")
