/**
 * MetaImage: .mha, and .mhd with its voxels in a file of their own.
 *
 * A reader of our own: the header is a page of text, and the library that reads it, `@itk-wasm/image-io`, takes 27 MB on
 * disk, holds a whole file and its copy in WebAssembly's memory, and reads 4D files as 3D ones of channels. The fields
 * are those of MetaIO's documentation (itk.org/Wiki/MetaIO/Documentation); what they mean is as ITK 5.4 reads them, with
 * which values, spacing and place are compared in `tests/data/formats/itk_test.ts`.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { datatypeNamed } from "./datatypes_by_name.ts";
import { headerOfGrid } from "./grid.ts";
import {
  fieldReader,
  type Fields,
  readTextHeader,
  textFormat,
  type TextHeader,
  voxelFileBeside,
} from "./text_header.ts";

const DOING = "reading a MetaImage header";

/** MetaIO's names (metaTypes.h); its `long` has four bytes wherever it is read. */
const TYPES: Readonly<Record<string, string>> = {
  MET_CHAR: "int8",
  MET_UCHAR: "uint8",
  MET_SHORT: "int16",
  MET_USHORT: "uint16",
  MET_INT: "int32",
  MET_UINT: "uint32",
  MET_LONG: "int32",
  MET_ULONG: "uint32",
  MET_LONG_LONG: "int64",
  MET_ULONG_LONG: "uint64",
  MET_FLOAT: "float32",
  MET_DOUBLE: "float64",
};

/** Millimetres of `DistanceUnits`; `?` counts as mm. */
const MILLIMETRES: Readonly<Record<string, number>> = { "?": 1, mm: 1, um: 0.001, cm: 10 };

/** See {@linkcode VolumeFormat}. */
export const metaImage = textFormat({ name: "meta-image", title: "MetaImage", endings: [".mha", ".mhd"] }, parse);

/** The voxels' file is what the last field names. */
const LAST = /(?:^|\n)[ \t]*ElementDataFile[ \t]*=[^\n]*(\n|$)/;

async function parse(path: string): Promise<TextHeader> {
  const found = await readTextHeader(path, (text) => {
    const last = LAST.exec(text);
    return last && (last[1] === "\n" || text.length < 4096) ? last.index + last[0].length : undefined;
  });
  if (!found) {
    throw new UserError(`${DOING}: the file must begin with fields up to ElementDataFile`, { where: path });
  }
  const fields = new Map(
    found.text.split("\n").filter((line) => line.includes("=")).map((line) => {
      const [key] = line.split("=", 1);
      return [key.trim(), line.slice(key.length + 1).trim()];
    }),
  );
  return await describe(fields, path, found.end);
}

async function describe(fields: Fields, where: string, end: number): Promise<TextHeader> {
  const { refuse, needed, numbers } = fieldReader(fields, { doing: DOING, where });
  const isTrue = (key: string) => /^(true|t|1|yes)$/i.test(fields.get(key) ?? "");
  if (fields.has("ObjectType") && fields.get("ObjectType") !== "Image") {
    throw refuse("the object must be an image", fields.get("ObjectType"));
  }
  const [rank] = numbers(needed("NDims"), "NDims", 1);
  if (rank !== 3 && rank !== 4) throw refuse("an image must have 3 dimensions, or 4 with frames", `NDims = ${rank}`);
  if (fields.has("BinaryData") && !isTrue("BinaryData")) throw refuse("voxels must be binary", "BinaryData = False");
  const channels = Number(fields.get("ElementNumberOfChannels") ?? 1);
  if (channels !== 1) throw refuse("a voxel must hold one number: no colours, no vectors", `${channels} channels`);
  for (
    const [key, plain] of [["ElementToIntensityFunctionSlope", 1], ["ElementToIntensityFunctionOffset", 0]] as const
  ) {
    if (Number(fields.get(key) ?? plain) !== plain) throw refuse(`${key} must be ${plain}`, fields.get(key));
  }
  const type = needed("ElementType");
  if (!Object.hasOwn(TYPES, type)) throw refuse(`ElementType must be one of ${Object.keys(TYPES).join(", ")}`, type);
  const unit = fields.get("DistanceUnits") ?? "?";
  if (!Object.hasOwn(MILLIMETRES, unit)) throw refuse("DistanceUnits must be mm, um or cm", unit);
  const sizes = fields.get("ElementSpacing") ?? fields.get("ElementSize");
  if (sizes === undefined) throw refuse("the field ElementSpacing must be there");
  const steps = numbers(sizes, "ElementSpacing", rank);
  const header = headerOfGrid({
    dims: numbers(needed("DimSize"), "DimSize", rank),
    spacing: perAxis((axis) => steps[axis] * MILLIMETRES[unit]),
    place: placeOf(fields, { rank, unit: MILLIMETRES[unit], numbers }),
    datatype: datatypeNamed(TYPES[type]),
    littleEndian: !(isTrue("BinaryDataByteOrderMSB") || isTrue("ElementByteOrderMSB")),
  }, { doing: DOING, where });
  const named = needed("ElementDataFile");
  if (/^LIST\b/.test(named) || /%\d*d/.test(named)) {
    throw refuse("all voxels must be in one file, not one a slice", `ElementDataFile = ${named}`);
  }
  const isLocal = /^local$/i.test(named);
  const [skipped] = numbers(fields.get("HeaderSize") ?? "0", "HeaderSize", 1);
  return {
    header,
    file: isLocal ? where : await voxelFileBeside(where, named, DOING),
    from: isLocal ? end : Math.max(-1, Math.trunc(skipped)),
    packing: isTrue("CompressedData") ? "zlib" : "none",
  };
}

/** The matrix has the direction of one axis after another; without one the axes are those of the coordinates. */
function placeOf(
  fields: Fields,
  { rank, unit, numbers }: {
    rank: number;
    unit: number;
    numbers: (text: string, field: string, count: number) => number[];
  },
): { directions: Triple[]; origin: Triple } | undefined {
  const first = (...keys: readonly string[]) => keys.find((key) => fields.has(key));
  const [turned, moved] = [first("TransformMatrix", "Rotation", "Orientation"), first("Offset", "Position", "Origin")];
  if (turned === undefined && moved === undefined) return undefined;
  const matrix = turned === undefined
    ? Array.from({ length: rank * rank }, (_, i) => i % (rank + 1) === 0 ? 1 : 0)
    : numbers(fields.get(turned)!, turned, rank * rank);
  const offset = moved === undefined ? new Array(rank).fill(0) : numbers(fields.get(moved)!, moved, rank);
  return {
    directions: [0, 1, 2].map((axis) => perAxis((row) => matrix[axis * rank + row])),
    origin: perAxis((row) => offset[row] * unit),
  };
}
