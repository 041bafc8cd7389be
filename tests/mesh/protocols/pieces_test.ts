import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { KeptPieces } from "../../../src/mesh/protocols/kept_pieces.ts";
import {
  makeBlob,
  type Manifest,
  parseManifest,
  pullBlob,
  serveBlob,
  swapBlobs,
} from "../../../src/mesh/protocols/pieces.ts";
import { channelPair } from "../_streams.ts";

const data = new Uint8Array(300_000).map((_, i) => (i * 7) % 253);

async function transferred(manifest: Manifest, served = data): Promise<Uint8Array> {
  const { a, b } = await channelPair();
  const blob = await makeBlob(served, 65_536);
  const serving = serveBlob(a, blob).catch((error) => error);
  try {
    return await pullBlob(b, manifest);
  } finally {
    b.abort(new Error("the test ends"));
    a.abort(new Error("the test ends"));
    await serving;
  }
}

Deno.test("bulk data arrives as it was, in pieces, and its manifest names it", async () => {
  for (const length of [0, 1, 65_536, 65_537, 300_000]) {
    const part = data.slice(0, length);
    const { manifest } = await makeBlob(part, 65_536);
    assertEquals(manifest.pieces.length, Math.ceil(length / 65_536));
    assertEquals(await transferred(manifest, part), part);
  }
});

Deno.test("two that swap have each other's data, where one has nothing, too", async () => {
  for (const [own, other] of [[data, data.slice(7)], [data, data.slice(0, 0)], [data.slice(0, 1), data]]) {
    const { a, b } = await channelPair();
    const [mine, theirs] = await Promise.all([own, other].map((bytes) => makeBlob(bytes, 65_536)));
    const swapped = await Promise.all([
      swapBlobs(a, { blob: mine, manifest: theirs.manifest }),
      swapBlobs(b, { blob: theirs, manifest: mine.manifest }),
    ]);
    assertEquals(swapped, [other, own]);
    for (const channel of [a, b]) channel.abort(new Error("the test ends"));
  }
});

Deno.test("as a swap goes on it tells how far the data has come, beginning with what was kept", async () => {
  const [mine, theirs] = await Promise.all([data.slice(1), data].map((bytes) => makeBlob(bytes, 65_536)));
  const kept = new KeptPieces();
  kept.keep(theirs.root, {
    data: Uint8Array.from({ length: 300_000 }, (_, i) => i < 65_536 ? data[i] : 0),
    missing: [1, 2, 4],
  });
  const told: number[] = [];
  const { a, b } = await channelPair();
  await Promise.all([
    swapBlobs(a, { blob: mine, manifest: theirs.manifest }, {
      kept,
      arrived: (here, ready) => {
        if (ready < 3 * 65_536) assertEquals(here.subarray(0, ready), data.subarray(0, ready));
        return Promise.resolve(void told.push(ready));
      },
    }),
    swapBlobs(b, { blob: theirs, manifest: mine.manifest }),
  ]);
  assertEquals(told, [65_536, 2 * 65_536, 4 * 65_536, 300_000]);
  for (const channel of [a, b]) channel.abort(new Error("the test ends"));
});

Deno.test("in a swap a piece that nobody asked for is refused", async () => {
  const { a, b } = await channelPair();
  const [mine, theirs] = await Promise.all([data, data.slice(0, 0)].map((bytes) => makeBlob(bytes, 65_536)));
  const swapping = swapBlobs(a, { blob: mine, manifest: theirs.manifest });
  await b.send({ kind: "bytes", payload: data.slice(0, 100) });
  await assertRejects(() => swapping, RangeError, "a message was due, the remote sent bytes");
  for (const channel of [a, b]) channel.abort(new Error("the test ends"));
});

Deno.test("data other than the manifest names is refused at the first wrong piece", async () => {
  const { manifest } = await makeBlob(data, 65_536);
  const other = data.slice();
  other[70_000] ^= 1;
  await assertRejects(
    () => transferred(manifest, other),
    RangeError,
    "piece 1 of 5 is not the one that the manifest names",
  );
});

Deno.test("the root changes with the size, the piece size and any digest", async () => {
  const roots = new Set([
    (await makeBlob(data, 65_536)).root,
    (await makeBlob(data, 100_000)).root,
    (await makeBlob(data.slice(1), 65_536)).root,
  ]);
  assertEquals(roots.size, 3);
});

const good: Manifest = (await makeBlob(data, 65_536)).manifest;
const wrong: [string, unknown, string][] = [
  ["is no object", 7, "must name sizes and digests"],
  ["is larger than what is taken", { ...good, bytes: 2_000_001 }, "at most 2000000 bytes, got 2000001"],
  ["has too few pieces for its size", { ...good, pieces: good.pieces.slice(1) }, "do not make 4 pieces"],
  ["has a negative size", { ...good, bytes: -1 }, "must name sizes and digests"],
  ["has pieces of nothing", { ...good, pieceBytes: 0 }, "must name sizes and digests"],
  ["has larger pieces than this peer's", { ...good, pieceBytes: 1024 * 1024 + 1 }, "must name sizes and digests"],
  ["has a digest that is none", { ...good, pieces: good.pieces.map(() => "x") }, "must name sizes and digests"],
  ["has a field too many", { ...good, extra: 1 }, "must name sizes and digests"],
];
for (const [what, manifest, rule] of wrong) {
  Deno.test(`a manifest that ${what} is refused`, () => {
    assertThrows(() => parseManifest(manifest, { maxBytes: 2_000_000 }), RangeError, rule);
  });
}

Deno.test("a remote that asks for a piece that is not there is refused", async () => {
  const { a, b } = await channelPair();
  const serving = serveBlob(a, await makeBlob(data, 65_536));
  await b.sendMessage({ type: "piece", index: 5 });
  await assertRejects(() => serving, RangeError, "must be one of 5, the remote asked for number 5");
  for (const channel of [a, b]) channel.abort(new Error("the test ends"));
});

Deno.test("a remote that falls silent is given up after the step's time", async () => {
  const { a, b } = await channelPair();
  await assertRejects(() => pullBlob(b, good, { stepTimeout: 20 }), DOMException, "no answer within 20 ms");
  for (const channel of [a, b]) channel.abort(new Error("the test ends"));
});

Deno.test("aborting the signal ends a transfer", async () => {
  const { a, b } = await channelPair();
  const controller = new AbortController();
  const pulling = pullBlob(b, good, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => pulling, Error, "enough");
  for (const channel of [a, b]) channel.abort(new Error("the test ends"));
});

Deno.test("a remote that sends without being asked is cut off instead of filling the memory", async () => {
  const { a, b, streams } = await channelPair({ maxUnread: 100_000 });
  const flood = (async () => {
    for (let i = 0; i < 1000; i++) await a.send({ kind: "bytes", payload: data.slice(0, 50_000) });
  })().catch(() => {});
  await flood;
  await assertRejects(
    async () => {
      while (true) await b.receive();
    },
    RangeError,
    "that nobody asked for",
  );
  assert(streams[1].status !== "open");
  a.abort(new Error("the test ends"));
});
