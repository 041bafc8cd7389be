"""Whether the DICOM segmentations that `deno task predict` wrote say what its NIfTI files say, by programs of others.

apt-get install dicom3tools
python -m venv venv && venv/bin/pip install highdicom==0.28.2 SimpleITK==2.5.7
venv/bin/python check_segmentation.py PREDICTIONS SERIES...

Each SERIES is a folder of slices. For each the segmentation that refers to it is read by highdicom, by the slices'
instances and as a volume, and compared with the labels beside it as SimpleITK reads these; dciodvfy must find no error.
"""

import subprocess
import sys
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import SimpleITK as sitk

predictions, *folders = map(Path, sys.argv[1:])
segmentations = {}
for path in predictions.glob("*.dcm"):
    dataset = pydicom.dcmread(path)
    segmentations[dataset.ReferencedSeriesSequence[0].SeriesInstanceUID] = (path, dataset)

for folder in folders:
    reader = sitk.ImageSeriesReader()
    for series in reader.GetGDCMSeriesIDs(str(folder)):
        path, dataset = segmentations[series]
        found = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
        errors = [line for line in (found.stdout + found.stderr).splitlines() if line.startswith("Error")]
        assert not errors, (path, errors)
        files = reader.GetGDCMSeriesFileNames(str(folder), series)
        instances = [pydicom.dcmread(file, stop_before_pixels=True).SOPInstanceUID for file in files]
        read = hd.seg.Segmentation.from_dataset(dataset)
        frames = read.get_pixels_by_source_instance(instances, assert_missing_frames_are_empty=True)
        labels = sitk.ReadImage(str(path).replace(".dcm", ".nii.gz"))
        values = sitk.GetArrayFromImage(labels)
        present = sorted(set(np.unique(values)) - {0})
        wanted = np.stack([values == value for value in present], -1) if present else np.zeros((*values.shape, 0), bool)
        own = frames[..., [bool(frames[..., i].any()) for i in range(frames.shape[-1])]]
        assert own.shape == wanted.shape and (own == wanted).all(), path
        volume = read.get_volume(combine_segments=False)
        # highdicom's volume goes over the slices that have frames, perhaps from the other end
        place = np.array(labels.GetDirection()).reshape(3, 3) * np.array(labels.GetSpacing())
        step = -1 if np.dot(volume.affine[:3, 0], place[:, 2]) < 0 else 1
        assert np.allclose(volume.affine[:3, :3], place[:, ::-1] * [step, 1, 1], atol=1e-4), (volume.affine, place)
        x, y, z = labels.TransformPhysicalPointToContinuousIndex(volume.affine[:3, 3].tolist())
        assert np.allclose([x, y, z - round(z)], 0, atol=1e-3), (x, y, z)
        for i, plane in enumerate(volume.array):
            assert (plane == frames[round(z) + step * i]).all(), (path, i)
        names = [read.get_segment_description(i + 1).segment_label for i in range(read.number_of_segments)]
        print(f"{path.name}: {names}, {int(wanted.sum())} voxels agree, no error of dciodvfy")
