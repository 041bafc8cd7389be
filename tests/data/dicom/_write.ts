/** DICOM files made by hand for the tests, element by element from PS3.5 and PS3.10, sharing no code with the reader. */

/** An element's value: text, or 16-bit integers, or bytes as they are. */
export type Value = string | readonly number[] | Uint8Array;

/** Elements by group and number, as "0020,0032". */
export type Elements = Readonly<Record<string, Value | undefined>>;

const LONG = new Set(["OB", "OW", "SQ", "UN"]);
const VR: Readonly<Record<string, string>> = {
  "0002,0010": "UI",
  "0008,0008": "CS",
  "0008,0016": "UI",
  "0008,0018": "UI",
  "0008,103e": "LO",
  "0010,0010": "PN",
  "0010,0020": "LO",
  "0018,0050": "DS",
  "0020,000d": "UI",
  "0020,000e": "UI",
  "0020,0011": "IS",
  "0020,0032": "DS",
  "0020,0037": "DS",
  "0028,0004": "CS",
  "0028,0008": "IS",
  "0028,0030": "DS",
  "0028,1052": "DS",
  "0028,1053": "DS",
  "0028,3000": "SQ",
  "7fe0,0010": "OW",
};

function element(tag: string, value: Value): Uint8Array {
  const vr = VR[tag] ?? "US";
  const bytes = typeof value === "string"
    ? new TextEncoder().encode(value.length % 2 ? `${value}${vr === "UI" ? "\0" : " "}` : value)
    : value instanceof Uint8Array
    ? value
    : new Uint8Array(new Uint16Array(value).buffer);
  const [group, number] = tag.split(",").map((part) => parseInt(part, 16));
  const head = new DataView(new ArrayBuffer(LONG.has(vr) ? 12 : 8));
  head.setUint16(0, group, true);
  head.setUint16(2, number, true);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (LONG.has(vr)) head.setUint32(8, bytes.length, true);
  else head.setUint16(6, bytes.length, true);
  return new Uint8Array([...new Uint8Array(head.buffer), ...bytes]);
}

/** A file of these elements, in explicit little endian unless 0002,0010 says otherwise. */
export function dicomFile(elements: Elements): Uint8Array<ArrayBuffer> {
  const said = Object.entries(elements).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  const sorted = said.toSorted(([a], [b]) => a < b ? -1 : 1).map(([tag, value]) => element(tag, value));
  return new Uint8Array([
    ...new Uint8Array(128),
    ...new TextEncoder().encode("DICM"),
    ...sorted.flatMap((e) => [...e]),
  ]);
}

/** Slice `z` of a series: 2 x 3 pixels of int16, 2.5 mm from the one before. */
export function sliceElements(z: number, elements: Elements = {}): Elements {
  return {
    "0002,0010": "1.2.840.10008.1.2.1",
    "0008,0008": "ORIGINAL\\PRIMARY\\AXIAL",
    "0008,0016": "1.2.840.10008.5.1.4.1.1.4",
    "0008,0018": `1.2.3.${z}`,
    "0008,103e": "t2 ax",
    "0010,0010": "Doe^Jane",
    "0010,0020": "P77",
    "0020,000d": "1.2.1",
    "0020,000e": "1.2.3",
    "0020,0011": "4",
    "0020,0032": `0\\0\\${2.5 * z}`,
    "0020,0037": "1\\0\\0\\0\\1\\0",
    "0028,0002": [1],
    "0028,0004": "MONOCHROME2",
    "0028,0010": [3],
    "0028,0011": [2],
    "0028,0030": "1\\1",
    "0028,0100": [16],
    "0028,0101": [16],
    "0028,0102": [15],
    "0028,0103": [1],
    "7fe0,0010": [0, 1, 2, 3, 4, 5].map((value) => value + 10 * z),
    ...elements,
  };
}

/** Writes slices 0 to `count` - 1, slice z as z.dcm, with what `change` says of each. */
export async function writeSeries(
  folder: string,
  count: number,
  change: (z: number) => Elements | undefined = () => ({}),
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (let z = 0; z < count; z++) {
    const changed = change(z);
    if (changed) await Deno.writeFile(`${folder}/${z}.dcm`, dicomFile(sliceElements(z, changed)));
  }
}
