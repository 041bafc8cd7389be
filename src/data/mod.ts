/**
 * Volumes: reading and writing NIfTI, datasets, preparation, patches, augmentation, splits, and the phantom cohort.
 *
 * @example A patch of a prepared case
 * ```ts
 * import { openDataset, prepareCase, samplePatch, writePhantomCohort } from "./mod.ts";
 * import { Rng } from "../core/rng.ts";
 *
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(directory, { sites: 1, casesPerSite: 2 });
 * const dataset = await openDataset(directory);
 * const prepared = await prepareCase(dataset.cases[0], { spacing: [4, 4, 4] }, dataset); // mm
 * const patch = samplePatch(prepared, { shape: [32, 32, 32], rng: new Rng(1), foregroundProbability: 0.5 });
 * console.log(patch.image.length, patch.toVolume);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export type { Volume } from "./volume.ts";
export type { StoredForms } from "./nifti/forms.ts";
export type { PlacedGrid } from "./checks/same_place.ts";
export { parseNifti, readVolume, type ReadVolumeOptions } from "./formats/read.ts";
export { summariseVolume, type VolumeSummary } from "./formats/summary.ts";
export { type WritableVolume, writeNifti, type WriteNiftiOptions, type WrittenDatatype } from "./nifti/write.ts";
export { type Affine, orientationOf } from "./affine.ts";
export { toRas } from "./orient.ts";
export { resampleLabels, resampleLinear, resampleNearest } from "./resample.ts";
export { classValues } from "./labels/classes.ts";
export { IGNORED, isIgnored } from "./labels/ignored.ts";
export { readLabels, type ReadLabelsOptions } from "./labels/read.ts";
export { NORMALISATION, normalise, type NormaliseOptions } from "./normalise.ts";
export type { CaseReference, Dataset, DatasetFormat, LabelScheme } from "./datasets/dataset.ts";
export { datasetFormats, openDataset } from "./datasets/registry.ts";
export { checkCases, type Checked, type CheckOptions } from "./checks/check_cases.ts";
export { checkLabels, type CheckLabelsOptions, type LabelUse } from "./checks/check_labels.ts";
export type { CheckStructuresOptions } from "./checks/structures.ts";
export type { CheckContext } from "./checks/check.ts";
export type { Plan } from "./plan.ts";
export { prepareCase, type PrepareCaseOptions, type PreparedCase, type SourceGeometry } from "./prepare.ts";
export type { Occupancy } from "./occupancy.ts";
export { type LabelVolume, restoreLabels } from "./restore.ts";
export { type FoldOptions, type FoldSplit, splitFolds } from "./folds.ts";
export type { Division, DivisionOptions, SubjectMeasures } from "./sites/division.ts";
export { measureSubjects } from "./sites/measure.ts";
export { type DivisionName, divisions, makeSites, type MakeSitesOptions } from "./sites/registry.ts";
export { type OwnSplitOptions, type PeerSplit, type SplitOptions, splitOwn, splitSubjects } from "./splits.ts";
export type { GeometryAugmentation } from "./augmentation/geometry.ts";
export { type Patch, samplePatch, type SamplePatchOptions } from "./patches.ts";
export { gaussianBlur } from "./augmentation/transformations/gaussian_blur.ts";
export { augmentIntensity, type IntensityAugmentation } from "./augmentation/intensity.ts";
export type { Augmentation, AugmentationSet } from "./augmentation/augmentation.ts";
export type { ElasticAugmentation } from "./augmentation/elastic.ts";
export type { RandomTransformation } from "./augmentation/transformation.ts";
export { augmentedPatch, type AugmentedPatchOptions } from "./augmentation/augmented_patch.ts";
export { type Axis, type MirrorAxes, mirrorAxes, type Mirroring } from "./augmentation/mirror.ts";
export { augmentations } from "./augmentation/sets/registry.ts";
export type { BatchLoader, LoaderOptions, PrepareFrom } from "./loading/batch_loader.ts";
export { openLoader } from "./loading/loader.ts";
export { serveBatches } from "./loading/serve.ts";
export { shareCase } from "./loading/share.ts";
export { type PhantomCohortOptions, writePhantomCohort } from "./phantom/cohort.ts";
export { PHANTOM_LABELS } from "./phantom/anatomy.ts";
export type { Window } from "./crop.ts";
export type { ParseImageOptions } from "./nifti/image.ts";
// types of other rooms that this one speaks of
export type { Registry } from "../core/registry.ts";
export type { Rng } from "../core/rng.ts";
export type { Triple } from "../core/triple.ts";
