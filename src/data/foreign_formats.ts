/**
 * Formats of images that are not read, each with the way to one that is: by the file's name, and by how it begins.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { foreignByName } from "./foreign_formats.ts";
 *
 * assertEquals(foreignByName("scan.mnc")?.name, "MINC");
 * assertEquals(foreignByName("scan.nii.gz"), undefined);
 * ```
 *
 * @module
 */

/** A format that is not read, or not under the name that a file has. */
export interface ForeignFormat {
  /** What people call it. */
  readonly name: string;
  /** How its files' names end, in small letters. */
  readonly endings: readonly string[];
  /** How its files begin: where, and with which bytes, as Latin-1. */
  readonly magic?: readonly (readonly [offset: number, bytes: string])[];
  /** How to get files from it that are read, as the end of a sentence. */
  readonly convert: string;
}

const SIMPLE_ITK = 'SimpleITK reads and writes both: WriteImage(ReadImage("a.FORMAT"), "a.nii.gz")';
const UNPACK = "unpack it first";

/** In the order in which they are asked: the first that fits is named. */
const FOREIGN_FORMATS: readonly ForeignFormat[] = [
  // DICOM PS3.10, section 7.1: a preamble of 128 bytes, then the prefix
  {
    name: "DICOM",
    endings: [".dcm", ".dicom", ".ima"],
    magic: [[128, "DICM"]],
    convert: "make volumes of its series by deno task convert --input IN --output OUT",
  },
  { name: "NRRD", endings: [], magic: [[0, "NRRD000"]], convert: "let its name end in .nrrd, by which it is read" },
  {
    name: "MetaImage",
    endings: [],
    magic: [[0, "ObjectType"]],
    convert: "let its name end in .mha, by which it is read",
  },
  { name: "GIPL", endings: [".gipl", ".gipl.gz"], convert: toSimpleItk("gipl") },
  { name: "MINC", endings: [".mnc", ".mnc.gz"], magic: [[0, "CDF\x01"]], convert: "convert it by mnc2nii" },
  { name: "FreeSurfer's MGH", endings: [".mgz", ".mgh"], convert: "convert it by mri_convert a.mgz a.nii.gz" },
  { name: "Philips PAR/REC", endings: [".par", ".rec"], convert: "convert it by dcm2niix -z y -o OUT IN" },
  {
    name: "NumPy or nnU-Net's preprocessed format",
    endings: [".npy", ".npz", ".b2nd"],
    magic: [[0, "\x93NUMPY"]],
    convert: "take the NIfTI files it was made from: an array holds no voxel size",
  },
  {
    name: "HDF5 or MATLAB",
    endings: [".h5", ".hdf5", ".mat"],
    magic: [[0, "\x89HDF\r\n"], [0, "MATLAB 5.0"]],
    convert: "write its array as NIfTI by nibabel, with the voxel size (MINC 2: by mnc2nii)",
  },
  {
    name: "single slices as pictures",
    endings: [".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp"],
    magic: [[0, "\x89PNG"], [0, "II*\0"], [0, "MM\0*"], [0, "\xff\xd8\xff"]],
    convert: "stack them by SimpleITK's ImageSeriesReader, with the voxel size set, or begin from the DICOM files",
  },
  {
    name: "packed volumes",
    endings: [".nii.bz2", ".nii.xz", ".nii.zst", ".nii.zip"],
    magic: [[0, "BZh"], [0, "\xfd7zXZ"], [0, "\x28\xb5\x2f\xfd"]],
    convert: UNPACK,
  },
  {
    name: "an archive",
    endings: [".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".7z", ".rar"],
    magic: [[0, "PK\x03\x04"], [257, "ustar"], [0, "7z\xbc\xaf"], [0, "Rar!"]],
    convert: UNPACK,
  },
  {
    name: "a pointer to a file that was not fetched",
    endings: [],
    magic: [[0, "version https://git-lfs"], [0, "/annex/objects/"]],
    convert: "fetch the files by git lfs pull or datalad get",
  },
];

/** By its first bytes only: the same endings are NIfTI's. sizeof_hdr is 348, and nothing is at the magic's place. */
const ANALYZE: ForeignFormat = {
  name: "Analyze 7.5",
  endings: [],
  convert: "convert it by fslchfiletype NIFTI_GZ, and check left and right: Analyze does not tell them apart",
};

/** The first bytes that {@linkcode foreignByBytes} looks at. */
export const MAGIC_BYTES = 348;

function toSimpleItk(format: string): string {
  return SIMPLE_ITK.replace("FORMAT", format);
}

/** The format that a file's name says, in whatever capitals; undefined for what is read and for what is not known. */
export function foreignByName(path: string): ForeignFormat | undefined {
  const name = path.toLowerCase();
  return FOREIGN_FORMATS.find(({ endings }) => endings.some((ending) => name.endsWith(ending)));
}

/** The format that a file's first bytes say. */
export function foreignByBytes(bytes: Uint8Array): ForeignFormat | undefined {
  const begins = ([offset, magic]: readonly [number, string]) =>
    Array.from(magic).every((character, i) => bytes[offset + i] === character.charCodeAt(0));
  const known = FOREIGN_FORMATS.find(({ magic = [] }) => magic.some(begins));
  if (known || bytes.length < 348) return known;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isHeader = view.getInt32(0, true) === 348 || view.getInt32(0, false) === 348;
  const hasMagic = begins([344, "n+1"]) || begins([344, "ni1"]);
  return isHeader && !hasMagic ? ANALYZE : undefined;
}
