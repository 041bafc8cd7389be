/** What goes over a line that a relay cuts after so many bytes: pure, and over streams in memory. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  hasRoom,
  type Line,
  LineTooSmallError,
  LineUsedUpError,
  MOST_PIECE_BYTES,
  MOST_PIECES,
  mostBytesOver,
  pieceBytesFor,
  requireFits,
  requireFitsWhole,
} from "../../../src/mesh/protocols/line.ts";
import { KeptPieces } from "../../../src/mesh/protocols/kept_pieces.ts";
import { makeBlob, pullBlob, serveBlob } from "../../../src/mesh/protocols/pieces.ts";
import { channelPair } from "../_streams.ts";

const KIB = 1024;

Deno.test("pieces are an eighth of a line, and of one without limits or with large ones as large as ever", () => {
  const line = (allowance: number): Line => ({ allowance, left: allowance });
  assertEquals([undefined, 128 * KIB, 16 * 2 ** 30].map((bytes) => pieceBytesFor(bytes ? line(bytes) : undefined)), [
    MOST_PIECE_BYTES,
    16 * KIB,
    MOST_PIECE_BYTES,
  ]);
  for (const allowance of [KIB, 64 * KIB, 128 * KIB, 2 ** 20, 2 ** 24, 2 ** 34]) {
    const pieces = mostBytesOver(line(allowance)) / pieceBytesFor(line(allowance));
    assert(pieces <= MOST_PIECES && pieces * 67 <= allowance / 8, `${pieces} pieces at ${allowance}`);
  }
});

Deno.test("what takes too many lines is refused with both sizes and what helps", () => {
  const line = { allowance: 128 * KIB, left: 0 };
  requireFits(mostBytesOver(line), line);
  requireFits(2 ** 40, undefined);
  assertThrows(
    () => requireFits(5e6, line),
    LineTooSmallError,
    "5000000 bytes do not go through a relay that allows 131072",
  );
  requireFitsWhole(64 * KIB, line);
  assertThrows(() => requireFitsWhole(64 * KIB + 1, line), LineTooSmallError, "a relay of your own");
});

Deno.test("a line has room for what is below what it has left, but for a margin", () => {
  const at = (left: number) => hasRoom({ allowance: 128 * KIB, left }, 16 * KIB);
  assertEquals([at(16 * KIB), at(22 * KIB), hasRoom(undefined, 2 ** 40)], [false, true, true]);
});

Deno.test("a transfer takes as many lines as it needs, asks no piece in vain and loses none", async () => {
  const data = new Uint8Array(300 * KIB).map((_, i) => i % 251);
  const kept = new KeptPieces();
  let [lines, came] = [0, 0];
  for (let result; !result; lines++) {
    const line = { allowance: 128 * KIB, left: 128 * KIB };
    const blob = await makeBlob(data, pieceBytesFor(line));
    const { a, b } = await channelPair({
      line,
      onBytes: (direction, bytes) => direction === "sent" && (line.left -= bytes),
    });
    const serving = serveBlob(a, blob).catch(() => {});
    try {
      result = await pullBlob(b, blob.manifest, { kept });
      assertEquals(result, data);
    } catch (error) {
      assert(error instanceof LineUsedUpError, String(error));
      assert(line.left >= 0, "nothing was asked that the line has no room for");
      await b.close();
    }
    await serving;
    came += line.allowance - line.left;
    for (const channel of [a, b]) channel.abort(new Error("over"));
  }
  assertEquals(lines, 3);
  assert(came < 1.05 * data.length, `${came} bytes for ${data.length}`);
  await assertRejects(
    async () => {
      const line = { allowance: 128 * KIB, left: 8 * KIB };
      const { a, b } = await channelPair({ line });
      await pullBlob(b, (await makeBlob(data, 16 * KIB)).manifest).finally(() =>
        [a, b].map((one) => one.abort(new Error()))
      );
    },
    LineUsedUpError,
  );
});
