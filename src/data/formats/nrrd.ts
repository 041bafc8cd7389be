/**
 * NRRD: .nrrd, and .nhdr with its voxels in a file of their own.
 *
 * A reader of our own: the header is a page of text; `nrrd-js` unpacks nothing and knows no detached files, and
 * `@itk-wasm/image-io` is weighed in `meta_image.ts`. The fields are those of teem.sourceforge.net/nrrd/format.html, and
 * what they mean is as ITK 5.4 reads them (`tests/data/formats/itk_test.ts`); the pairs `key:=value`, in which programs
 * keep what they know of a patient, are not looked at.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import type { Packing } from "../nifti/bytes.ts";
import { datatypeNamed } from "./datatypes_by_name.ts";
import { headerOfGrid, type LpsPlace } from "./grid.ts";
import {
  fieldReader,
  type Fields,
  readTextHeader,
  textFormat,
  type TextHeader,
  voxelFileBeside,
} from "./text_header.ts";

const DOING = "reading an NRRD header";

/** NRRD's many names of a type, by NIfTI's. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  int8: ["signed char", "int8", "int8_t"],
  uint8: ["uchar", "unsigned char", "uint8", "uint8_t"],
  int16: ["short", "short int", "signed short", "signed short int", "int16", "int16_t"],
  uint16: ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"],
  int32: ["int", "signed int", "int32", "int32_t"],
  uint32: ["uint", "unsigned int", "uint32", "uint32_t"],
  int64: ["longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"],
  uint64: ["ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"],
  float32: ["float"],
  float64: ["double"],
};

const PACKING: Readonly<Record<string, Packing>> = { raw: "none", gzip: "gzip", gz: "gzip" };

/** How each axis of a space is turned to left, back and top. */
const SPACES: Readonly<Record<string, Triple>> = {
  "left-posterior-superior": [1, 1, 1],
  "right-anterior-superior": [-1, -1, 1],
  "left-anterior-superior": [1, -1, 1],
};
const SHORT: Readonly<Record<string, string>> = {
  lps: "left-posterior-superior",
  ras: "right-anterior-superior",
  las: "left-anterior-superior",
};

/** What a space's name ends in that has time as a fourth dimension, so that vectors have four numbers. */
const TIME = /-time$|t$/;
const UNSAID = "left-posterior-superior";

/** Millimetres of `space units`. */
const MILLIMETRES: Readonly<Record<string, number>> = { "": 1, mm: 1, um: 0.001, cm: 10, m: 1000 };

/** See {@linkcode VolumeFormat}. */
export const nrrd = textFormat({ name: "nrrd", title: "NRRD", endings: [".nrrd", ".nhdr"] }, parse);

/** An empty line ends the header; that of a file without voxels may end with the file. */
const EMPTY_LINE = /\r?\n\r?\n/;

async function parse(path: string): Promise<TextHeader> {
  const found = await readTextHeader(path, (text) => {
    const empty = EMPTY_LINE.exec(text);
    if (empty) return empty.index + empty[0].length;
    return text.length < 4096 && /\ndata ?file:/i.test(text) ? text.length : undefined;
  });
  if (!found || !/^NRRD000[1-5]\r?\n/.test(found.text)) {
    const rule = "the file must begin with NRRD0001 to NRRD0005 and fields up to an empty line";
    throw new UserError(`${DOING}: ${rule}`, { where: path });
  }
  const lines = found.text.split(/\r?\n/).slice(1);
  const fields = new Map(lines.flatMap((line) => {
    const field = /^([^#:]+):(?!=)\s*(.*)$/.exec(line);
    return field ? [[field[1].trim().toLowerCase(), field[2].trim()]] : [];
  }));
  return await describe(fields, path, found.end);
}

async function describe(fields: Fields, where: string, end: number): Promise<TextHeader> {
  const { refuse, needed, numbers } = fieldReader(fields, { doing: DOING, where });
  const [rank] = numbers(needed("dimension"), "dimension", 1);
  if (rank !== 3 && rank !== 4) throw refuse("an image must have 3 dimensions, or 4 with frames", `dimension: ${rank}`);
  const type = needed("type").toLowerCase();
  const named = Object.entries(TYPES).find(([, names]) => names.includes(type));
  if (!named) throw refuse("the type must be integers or real numbers", type);
  const datatype = datatypeNamed(named[0]);
  const encoding = needed("encoding").toLowerCase();
  if (!Object.hasOwn(PACKING, encoding)) throw refuse("the encoding must be raw or gzip", encoding);
  const endian = fields.get("endian")?.toLowerCase() ?? (datatype.bytes === 1 ? "little" : needed("endian"));
  if (endian !== "little" && endian !== "big") throw refuse("endian must be little or big", endian);
  requireFramesLast(fields, rank, refuse);
  const header = headerOfGrid({
    dims: numbers(needed("sizes"), "sizes", rank),
    ...gridOf(fields, { rank, numbers, refuse }),
    datatype,
    littleEndian: endian === "little",
  }, { doing: DOING, where });
  const skipped = (key: string) => {
    const text = fields.get(key) ?? fields.get(key.replace(" ", ""));
    return text === undefined ? 0 : numbers(text, key, 1)[0];
  };
  if (skipped("line skip") !== 0) throw refuse("no lines may stand before the voxels", "line skip");
  const bytes = skipped("byte skip");
  const packing = PACKING[encoding];
  if (packing !== "none" && bytes !== 0) throw refuse("no bytes may stand before packed voxels", `byte skip: ${bytes}`);
  const file = fields.get("data file") ?? fields.get("datafile");
  if (file !== undefined && (/^LIST\b/.test(file) || /%\d*d/.test(file))) {
    throw refuse("all voxels must be in one file, not one a slice", file);
  }
  return {
    header,
    file: file === undefined ? where : await voxelFileBeside(where, file, DOING),
    from: bytes < 0 ? -1 : (file === undefined ? end : 0) + bytes,
    packing,
  };
}

type Refuse = (rule: string, value?: string) => UserError;

/** Of four axes the last, along which neighbours are farthest apart, must be that of the frames. */
function requireFramesLast(fields: Fields, rank: number, refuse: Refuse): void {
  const kinds = fields.get("kinds")?.split(/\s+/) ?? [];
  const isSpace = (kind: string) => ["domain", "space", "???", "none"].includes(kind.toLowerCase());
  const vectors = fields.get("space directions")?.match(/none|\([^)]*\)/gi) ?? [];
  const odd = [0, 1, 2].find((axis) => !isSpace(kinds[axis] ?? "domain") || vectors[axis]?.toLowerCase() === "none");
  if (odd === undefined && (rank === 3 || /^(|none|\(\s*(0(\.0*)?\s*,\s*){3}[^,]+\))$/i.test(vectors[3] ?? ""))) return;
  const rule = "the first three axes must be those of space (no colours, no vectors), a fourth one that of frames";
  throw refuse(rule, `kinds: ${fields.get("kinds") ?? "unsaid"}, space directions: ${fields.get("space directions")}`);
}

function gridOf(
  fields: Fields,
  { rank, numbers, refuse }: {
    rank: number;
    numbers: (text: string, field: string, count: number) => number[];
    refuse: Refuse;
  },
): { spacing: Triple; place?: LpsPlace } {
  const directions = fields.get("space directions");
  if (directions === undefined) {
    const spacings = fields.get("spacings");
    if (spacings === undefined) throw refuse("the field space directions or spacings must be there");
    const sizes = numbers(spacings.replace(/\s+nan$/i, " 1"), "spacings", rank); // frames are no step apart
    return { spacing: perAxis((axis) => sizes[axis]) };
  }
  // ITK writes four dimensions without naming the space, which is its own
  const dimensions = fields.get("space dimension");
  const said = fields.get("space")?.toLowerCase() ?? (rank === 4 && dimensions === "4" ? `${UNSAID}-time` : "");
  const plain = said.replace(TIME, "");
  const isTimed = plain !== said;
  const space = Object.hasOwn(SHORT, plain) ? SHORT[plain] : plain;
  if (!Object.hasOwn(SPACES, space)) {
    throw refuse(`the space must be one of ${Object.keys(SPACES).join(", ")}`, said === "" ? "unsaid" : said);
  }
  const units = [...(fields.get("space units") ?? "").matchAll(/"([^"]*)"/g)].map(([, unit]) => unit.toLowerCase());
  const unit = units[0] ?? "";
  if (!Object.hasOwn(MILLIMETRES, unit) || units.some((other) => other !== unit)) {
    throw refuse("space units must be mm, um, cm or m, one for all axes", fields.get("space units"));
  }
  const vectorOf = (text: string, field: string): Triple => {
    const values = numbers(text.replace(/[()]/g, " "), field, isTimed ? 4 : 3);
    return perAxis((row) => SPACES[space][row] * values[row] * MILLIMETRES[unit]);
  };
  const vectors = (directions.match(/none|\([^)]*\)/gi) ?? []).slice(0, 3);
  if (vectors.length < 3) throw refuse("space directions must be three numbers for each axis", directions);
  const steps = vectors.map((vector) => vectorOf(vector, "space directions"));
  const origin = fields.get("space origin");
  const lengths = perAxis((axis) => Math.hypot(...steps[axis]));
  return {
    spacing: lengths,
    place: {
      directions: steps.map((step, axis) => perAxis((row) => lengths[axis] > 0 ? step[row] / lengths[axis] : 0)),
      origin: origin === undefined ? [0, 0, 0] : vectorOf(origin, "space origin"),
    },
  };
}
