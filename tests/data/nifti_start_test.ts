import { assert, assertEquals, assertRejects } from "@std/assert";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { UserError } from "../../src/core/errors.ts";
import { readHeaderOf } from "../../src/data/nifti/image.ts";
import { parseNifti, readVolume } from "../../src/data/formats/read.ts";
import { unpackStart } from "../../src/data/nifti/start.ts";
import { counting, withFolder } from "./_files.ts";

/** What a gzip member's header may hold (RFC 1952, 2.3). */
interface Member {
  extra?: number;
  name?: number;
  comment?: number;
  checked?: boolean;
}

/** `content` as one gzip member, made by hand. */
function member(content: Uint8Array, { extra, name, comment, checked }: Member = {}): Uint8Array {
  const flags = (checked ? 2 : 0) | (extra === undefined ? 0 : 4) | (name === undefined ? 0 : 8) |
    (comment === undefined ? 0 : 16);
  const header = [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
  if (extra !== undefined) header.push(extra & 255, extra >> 8, ...new Array(extra).fill(7));
  for (const length of [name, comment]) if (length !== undefined) header.push(...new Array(length).fill(0x61), 0);
  if (checked) {
    const sum = crc32(new Uint8Array(header));
    header.push(sum & 255, sum >> 8 & 255);
  }
  const packed = deflateRawSync(content);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, content.length, true);
  return new Uint8Array([...header, ...packed, ...new Uint8Array(trailer.buffer)]);
}

const FILE = counting([300, 1, 1]);
const join = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));

const KINDS: Record<string, Uint8Array> = {
  "a name of 5000 characters": member(FILE, { name: 5000 }),
  "a comment of 100,000 characters": member(FILE, { comment: 100_000 }),
  "a name that ends where the first piece that is read does": member(FILE, { name: 4096 - 11 }),
  "64 KiB of extra fields": member(FILE, { extra: 65535 }),
  "all of it, with a checksum": member(FILE, { extra: 3000, name: 3000, comment: 3000, checked: true }),
  "a member for the first bytes, with a long name each": join(
    member(FILE.subarray(0, 100), { name: 5000 }),
    member(FILE.subarray(100, 400), { name: 9000 }),
    member(FILE.subarray(400), { comment: 9000 }),
  ),
  "empty members before it": join(...Array.from({ length: 300 }, () => member(new Uint8Array())), member(FILE)),
};

for (const [kind, bytes] of Object.entries(KINDS)) {
  Deno.test(`a gzip stream is read that begins with ${kind}`, () =>
    withFolder(async (directory) => {
      const path = `${directory}/a.nii.gz`;
      await Deno.writeFile(path, bytes);
      assertEquals((await readHeaderOf(path)).dims, [300, 1, 1]);
      assertEquals((await readVolume(path)).data[299], 299);
      assertEquals(parseNifti(bytes, { where: "made" }).data[299], 299);
    }));
}

Deno.test("only a little is unpacked for a header, however long the gzip header is and however dense the data", () => {
  const dense = member(new Uint8Array(64 * 2 ** 20), { name: 40_000 });
  assert(unpackStart(dense, "made").length < 8 * 2 ** 20);
});

Deno.test("a gzip stream that ends within its own header, or holds nothing, is refused in a sentence", () =>
  withFolder(async (directory) => {
    const path = `${directory}/a.nii.gz`;
    for (const bytes of [KINDS["a name of 5000 characters"].subarray(0, 4500), gzipSync(new Uint8Array())]) {
      await Deno.writeFile(path, bytes);
      await assertRejects(() => readHeaderOf(path), UserError, `the file must not be empty (${path}: 0 bytes)`);
    }
  }));
