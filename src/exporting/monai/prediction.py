"""What is predicted, how the network's windows become probabilities, and labels files."""
from itertools import chain, combinations
from pathlib import Path

import nibabel
import torch
from monai.transforms import MapTransform
from torch import nn


def find_cases(path, channels):
    """The images of a file, or of a folder: CASE.nii.gz, or CASE_0000.nii.gz, CASE_0001.nii.gz … a file a channel."""
    place = Path(path)
    files = sorted(place.glob("*.nii*")) if place.is_dir() else [place]
    if channels > 1 and any("_0000.nii" in file.name for file in files):
        firsts = [file for file in files if "_0000.nii" in file.name]
        names = [[file.name.replace("_0000.nii", f"_{c:04d}.nii") for c in range(channels)] for file in firsts]
        cases = [[str(first.with_name(name)) for name in each] for first, each in zip(firsts, names)]
    else:
        cases = [str(file) for file in files]
    if not cases:
        raise ValueError(f"predicting: the folder must hold a NIfTI file at least ({path})")
    return [{"image": case} for case in cases]


class Probabilities(nn.Module):
    """The probabilities of the classes, [batch, class, z, y, x]: their mean over all mirrorings along `axes`."""

    def __init__(self, network, axes):
        super().__init__()
        self.network = network
        dims = [2 + "zyx".index(axis) for axis in axes]
        self.flips = list(chain.from_iterable(combinations(dims, count) for count in range(len(dims) + 1)))

    def forward(self, x):
        total = 0
        for dims in self.flips:
            total = total + torch.flip(torch.softmax(self.network(torch.flip(x, dims)), dim=1), dims)
        return total / len(self.flips)


class Saved(MapTransform):
    """Writes labels, [1, x, y, z], under their image's name. MONAI 1.6.1's SaveImage fails where axes are turned."""

    def __init__(self, keys, folder, dtype):
        super().__init__(keys)
        self.folder, self.dtype = Path(folder), dtype

    def __call__(self, data):
        for key in self.key_iterator(data):
            labels = data[key]
            self.folder.mkdir(parents=True, exist_ok=True)
            values = labels.as_tensor()[0].cpu().numpy().astype(self.dtype)
            image = nibabel.Nifti1Image(values, labels.affine.cpu().numpy())
            nibabel.save(image, self.folder / Path(labels.meta["filename_or_obj"]).name)
        return data
