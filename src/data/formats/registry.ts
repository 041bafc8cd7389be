/**
 * The formats of volumes that are read, and reading a file of any of them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { endingOf, formatOf } from "./registry.ts";
 *
 * assertEquals(formatOf("scan.NRRD")?.title, "NRRD");
 * assertEquals(["scan.nii.gz", "scan.MHA", "scan.png"].map(endingOf), [".nii.gz", ".MHA", ""]);
 * ```
 *
 * @module
 */
import { Registry } from "../../core/registry.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import type { NiftiImage } from "../nifti/image.ts";
import type { VolumeFormat } from "./format.ts";
import { dicom, isDicomPath } from "../dicom/format.ts";
import { metaImage } from "./meta_image.ts";
import { nifti } from "./nifti.ts";
import { nrrd } from "./nrrd.ts";

/** Every format of which a file is a volume, and tells by its name; a new one is one file and one line here. */
export const volumeFormats: Registry<VolumeFormat> = new Registry("a format of volumes", [nifti, metaImage, nrrd]);

/** The format that a file's name says; undefined for none that is read. */
export function formatOf(path: string): VolumeFormat | undefined {
  const name = path.toLowerCase();
  for (const format of volumeFormats) if (format.endings.some((ending) => name.endsWith(ending))) return format;
  return undefined;
}

/** What a volume's name ends in, as it is written: ".nii.gz"; "" where the name is that of no volume. */
export function endingOf(path: string): string {
  const name = path.toLowerCase();
  const ending = formatOf(path)?.endings.find((ending) => name.endsWith(ending)) ?? "";
  return path.slice(path.length - ending.length);
}

/**
 * Reads a file's header only, of whatever format its name says; where it says none, DICOM or NIfTI, whichever it is.
 *
 * @throws {UserError} as {@linkcode VolumeFormat.readHeader}.
 */
export async function readHeaderOf(path: string): Promise<NiftiHeader> {
  return await (await formatAt(path)).readHeader(path);
}

/**
 * Reads a file, of whatever format its name says; where it says none, DICOM or NIfTI, whichever it is. It takes the memory of the voxels as they
 * are stored, and little more.
 *
 * @throws {UserError} as {@linkcode VolumeFormat.readImage}.
 */
export async function readImage(path: string, options: { signal?: AbortSignal } = {}): Promise<NiftiImage> {
  return await (await formatAt(path)).readImage(path, options);
}

async function formatAt(path: string): Promise<VolumeFormat> {
  return formatOf(path) ?? (await isDicomPath(path) ? dicom : nifti);
}
