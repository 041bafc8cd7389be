/**
 * How DICOM files are written (PS3.6, table A-1), and which of these are read.
 *
 * @module
 */

import type { PixelDecoder } from "./decoders/decoder.ts";
import { jpeg2000 } from "./decoders/jpeg_2000.ts";
import { jpegLossless } from "./decoders/jpeg_lossless.ts";
import { jpegLs } from "./decoders/jpeg_ls.ts";
import { rle } from "./decoders/rle.ts";

/** One transfer syntax. */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  /** How pixels are stored, or what unpacks them; undefined where they are not read. */
  readonly pixels?: "little-endian" | "big-endian" | PixelDecoder;
}

const SYNTAXES: readonly TransferSyntax[] = [
  { uid: "1.2.840.10008.1.2", name: "implicit little endian", pixels: "little-endian" },
  { uid: "1.2.840.10008.1.2.1", name: "explicit little endian", pixels: "little-endian" },
  { uid: "1.2.840.10008.1.2.1.99", name: "deflated", pixels: "little-endian" },
  { uid: "1.2.840.10008.1.2.2", name: "explicit big endian", pixels: "big-endian" },
  { uid: "1.2.840.10008.1.2.4.50", name: "JPEG baseline" },
  { uid: "1.2.840.10008.1.2.4.51", name: "JPEG extended" },
  { uid: "1.2.840.10008.1.2.4.57", name: "JPEG lossless", pixels: jpegLossless },
  { uid: "1.2.840.10008.1.2.4.70", name: "JPEG lossless", pixels: jpegLossless },
  { uid: "1.2.840.10008.1.2.4.80", name: "JPEG-LS lossless", pixels: jpegLs },
  { uid: "1.2.840.10008.1.2.4.81", name: "JPEG-LS", pixels: jpegLs },
  { uid: "1.2.840.10008.1.2.4.90", name: "JPEG 2000 lossless", pixels: jpeg2000 },
  { uid: "1.2.840.10008.1.2.4.91", name: "JPEG 2000", pixels: jpeg2000 },
  { uid: "1.2.840.10008.1.2.4.201", name: "HTJ2K lossless" },
  { uid: "1.2.840.10008.1.2.4.202", name: "HTJ2K lossless" },
  { uid: "1.2.840.10008.1.2.4.203", name: "HTJ2K" },
  { uid: "1.2.840.10008.1.2.5", name: "RLE lossless", pixels: rle },
];

/** The transfer syntax of a UID, of which the name is the UID where it is not known. */
export function transferSyntax(uid: string): TransferSyntax {
  return SYNTAXES.find((syntax) => syntax.uid === uid) ?? { uid, name: uid === "" ? "unsaid" : uid };
}
