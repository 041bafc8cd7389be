/** Transfers that are cut in the middle go on where they were, between real nodes over loopback. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { assert, assertEquals } from "@std/assert";
import type { Mesh } from "../../../src/mesh/mesh.ts";
import { makeBlob, PIECE_BYTES, pullBlob, serveBlob } from "../../../src/mesh/protocols/pieces.ts";
import { KeptPieces } from "../../../src/mesh/protocols/kept_pieces.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";
import { channelPair } from "../_streams.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];
const PIECES = 12;
const LENGTH = PIECES * PIECE_BYTES / 4;

Deno.test("a transfer that is cut after any piece needs only the missing ones, from whomever they come", async () => {
  const data = new Uint8Array(10_000).map((_, i) => i % 251);
  const blob = await makeBlob(data, 1024);
  for (let pieces = 0; pieces <= 10; pieces++) {
    const kept = new KeptPieces();
    const first = await channelPair();
    const serving = serveBlob(first.a, blob).catch(() => {});
    let seen = 0;
    const receive = first.b.receiveBytes.bind(first.b);
    first.b.receiveBytes = async (signal) => {
      if (seen++ === pieces) first.streams[1].abort(new Error("cut"));
      return await receive(signal);
    };
    const cut = await pullBlob(first.b, blob.manifest, { kept }).then(() => false, () => true);
    assertEquals(cut, pieces < 10);
    const left = kept.take(blob.root);
    if (left) kept.keep(blob.root, left);
    const missing = left ? left.missing.length : 10;
    if (cut) assert(missing <= 10 - pieces, `${missing} are missing after ${pieces}`);
    first.a.abort(new Error("over"));
    await serving;
    const second = await channelPair();
    const again = serveBlob(second.a, blob);
    let came = 0;
    const receiveAgain = second.b.receiveBytes.bind(second.b);
    second.b.receiveBytes = (signal) => {
      came++;
      return receiveAgain(signal);
    };
    assertEquals(await pullBlob(second.b, blob.manifest, { kept }), data);
    await again;
    assertEquals(came, missing);
    for (const channel of [second.a, second.b]) channel.abort(new Error("over"));
  }
});

/** A line to `target` that is cut, once, after so many bytes have come from there; whole from then on. */
class BreakingLine implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #listening: Promise<void>;

  constructor(target: number, bytes: number) {
    let left = bytes;
    this.#server = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      const end = () => [near, far].forEach((socket) => socket.destroy());
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("close", end).on("error", end);
      }
      near.pipe(far);
      far.on("data", (chunk) => {
        const before = left;
        left -= chunk.length;
        if (before > 0 && left <= 0) end();
        else near.write(chunk);
      });
    });
    this.#listening = new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
  }

  async address(): Promise<string> {
    await this.#listening;
    return `/ip4/127.0.0.1/tcp/${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/**
 * Two that are connected by a line that breaks half way through the first transfer of about `bytes` from `holder` to
 * `taker`.
 */
async function overBreakingLine(meshes: Meshes, bytes: number, topology = "epidemic") {
  const averaging = { topology };
  const holder = await meshes.start(alice, [alice, bob], { averaging });
  const port = Number(/tcp\/(\d+)/.exec(holder.mesh.addresses()[0])![1]);
  const line = new BreakingLine(port, bytes / 2);
  const taker = await meshes.start(bob, [alice, bob], {
    averaging,
    bootstrap: [`${await line.address()}/p2p/${alice.peerId}`],
  });
  await Promise.all([holder, taker].map(({ log }) => log.wait("peer-joined")));
  return { holder, taker, line };
}

const vector = (value: number) => new Float32Array(LENGTH).map((_, i) => value + i % 13);
const begin = (mesh: Mesh, value: number) =>
  mesh.averaging.initialise(vector(value), { layout: "l", mass: 1, round: 5 });

/** All of it once, and what a cut may cost: two pieces under way each time. */
const ONCE = (PIECES + 4) * PIECE_BYTES + 100_000;

Deno.test("a late peer whose transfer was cut takes the rest of the same state, and only that, when the line is back", async () => {
  await using meshes = new Meshes();
  const { holder, taker, line } = await overBreakingLine(meshes, 4 * LENGTH);
  await using _ = line;
  begin(holder.mesh, 1);
  const optimiser = new Uint8Array(2 * PIECE_BYTES).fill(7);
  holder.mesh.averaging.serveOptimiser(() => optimiser);
  assertEquals(await taker.mesh.averaging.fetch("l", LENGTH), undefined);
  const first = taker.mesh.bytes().weights.received;
  assert(first > 3 * PIECE_BYTES && first < (PIECES - 2) * PIECE_BYTES, `${first} bytes before the cut`);
  await taker.log.after(taker.log.seen.findIndex(({ type }) => type === "peer-left"), "peer-joined");
  // training went on there meanwhile
  holder.mesh.averaging.contribute(new Float32Array(LENGTH).fill(1), 6);
  const state = await taker.mesh.averaging.fetch("l", LENGTH);
  assertEquals([state?.vector, state?.round, state?.optimiser], [vector(1), 5, optimiser]);
  const total = taker.mesh.bytes().weights.received;
  assert(total < ONCE + optimiser.length, `${total} bytes in all`);
  assertEquals((await taker.mesh.averaging.fetch("l", LENGTH))?.round, 6);
});

Deno.test("an exchange whose transfer was cut goes on with the missing pieces", async () => {
  await using meshes = new Meshes();
  const { holder, taker, line } = await overBreakingLine(meshes, 4 * LENGTH);
  await using _ = line;
  begin(holder.mesh, 1);
  begin(taker.mesh, 3);
  const { skipped } = await taker.mesh.averaging.exchange() as { skipped: string };
  assert(skipped.includes(alice.peerId), skipped);
  await taker.log.after(taker.log.seen.findIndex(({ type }) => type === "peer-left"), "peer-joined");
  // the first connection that is back may be the one of two that is dropped
  while (!("partner" in await taker.mesh.averaging.exchange())) await taker.log.next();
  assertEquals(taker.mesh.averaging.snapshot().vector, vector(2));
  const total = taker.mesh.bytes().weights.received;
  assert(total < ONCE, `${total} bytes in all`);
});

Deno.test("a step of the plan waits for a line that was cut, and goes on with the missing pieces", async () => {
  await using meshes = new Meshes();
  const { holder, taker, line } = await overBreakingLine(meshes, 4 * LENGTH, "complete");
  await using _ = line;
  begin(holder.mesh, 1);
  begin(taker.mesh, 3);
  const both = [holder, taker].map(({ mesh }) => mesh.averaging.step({ step: 0, steps: 1 }));
  assertEquals(await Promise.all(both), [{ partners: [bob.peerId] }, { partners: [alice.peerId] }]);
  assert(taker.log.seen.some(({ type }) => type === "peer-left"), "the line was cut");
  assertEquals(taker.mesh.averaging.snapshot().vector, vector(2));
  const total = taker.mesh.bytes().weights.received;
  assert(total < ONCE, `${total} bytes in all`);
});

Deno.test("a release of features whose transfer was cut is taken from where it was, by itself", async () => {
  await using meshes = new Meshes();
  const rows = LENGTH / 64;
  const { holder, taker, line } = await overBreakingLine(meshes, 4 * LENGTH);
  await using _ = line;
  const features = new Float32Array(LENGTH).map((_, i) => i % 64 === 0 ? 1 : 0);
  await holder.mesh.features.release({ round: 2, features, partitions: new Int32Array(rows) });
  assertEquals((await taker.log.wait("features")).count, rows);
  assert(taker.log.seen.some(({ type }) => type === "peer-left"), "the line was cut");
  const total = taker.mesh.bytes().embeddings.received;
  assert(total < ONCE + 4 * rows, `${total} bytes in all`);
});
