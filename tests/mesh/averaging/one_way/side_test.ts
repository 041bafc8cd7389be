import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { Compressor } from "../../../../src/mesh/averaging/compression/compressor.ts";
import { int8 } from "../../../../src/mesh/averaging/compression/int8.ts";
import { none } from "../../../../src/mesh/averaging/compression/none.ts";
import { OneWaySide } from "../../../../src/mesh/averaging/one_way/side.ts";
import { OneWayState } from "../../../../src/mesh/averaging/one_way/state.ts";
import { AverageServer } from "../../../../src/mesh/averaging/server.ts";
import type { FrameChannel } from "../../../../src/mesh/protocols/channel.ts";
import { KeptPieces } from "../../../../src/mesh/protocols/kept_pieces.ts";
import { makeBlob, serveBlob } from "../../../../src/mesh/protocols/pieces.ts";
import { newIdentity } from "../../_identities.ts";
import { Meshes } from "../../_meshes.ts";
import { channelPair } from "../../_streams.ts";

const LENGTH = 300_000;

/** One peer's pushes, without a mesh. */
class Side {
  readonly protocol: OneWaySide;
  readonly server: AverageServer;
  readonly state: OneWayState;

  constructor(value: number, mass = 1, compressor?: Compressor, layout = "l") {
    const transfer = { stepTimeout: 5_000, audit: () => {}, kept: new KeptPieces() };
    this.protocol = new OneWaySide({ ...transfer, compressor });
    this.server = new AverageServer(this.protocol, transfer);
    this.state = new OneWayState(new Float32Array(LENGTH).fill(value), { layout, mass, round: 3 });
    this.protocol.initialise(this.state);
  }
}

const totals = (sides: readonly Side[]) => {
  const weight = sides.reduce((sum, { state }) => sum + state.weight, 0);
  return [sides.reduce((sum, { state }) => sum + state.weight * state.snapshot().vector[7], 0), weight];
};
const close = (...channels: FrameChannel[]) => channels.forEach((channel) => channel.abort(new Error("over")));

async function settle(from: Side, to: Side): Promise<void> {
  if (from.protocol.unsettled().length === 0) return;
  const { a, b } = await channelPair();
  await Promise.all([from.protocol.settle(a, "b"), to.server.answer(b, "a")]);
  close(a, b);
}

for (const compressor of [undefined, int8]) {
  Deno.test(`a push with ${compressor?.name ?? "none"} moves part of the weight, and sums stay what they were`, async () => {
    const [from, to] = [new Side(1, 3, compressor), new Side(5, 1, compressor)];
    const { a, b } = await channelPair();
    const [outcome, answered] = await Promise.all([
      from.protocol.push(a, "b", { part: 1 / 2 }),
      to.server.answer(b, "a"),
    ]);
    assertEquals([outcome, answered], [{ state: "done", remoteRound: 3 }, { remoteRound: 3 }]);
    assertAlmostEquals(from.state.snapshot().vector[7], 1, 0.01);
    assertAlmostEquals(to.state.snapshot().vector[7], (5 + 1.5) / 2.5, 0.01);
    const [numerator, weight] = totals([from, to]);
    assertAlmostEquals(numerator, 8, 1e-5);
    assertEquals(weight, 4);
    close(a, b);
  });
}

Deno.test("a push to one in another training comes back whole", async () => {
  const [from, to] = [new Side(1, 3), new Side(5, 1, undefined, "another")];
  const { a, b } = await channelPair();
  const [outcome] = await Promise.all([from.protocol.push(a, "b", { part: 1 / 2 }), to.server.answer(b, "a")]);
  assertEquals(outcome, { state: "elsewhere" });
  assertEquals([from.state.weight, to.state.weight, from.protocol.unsettled()], [3, 1, []]);
  assertAlmostEquals(from.state.snapshot().vector[7], 1, 1e-6);
  close(a, b);
});

for (const cutter of [0, 1] as const) {
  Deno.test(`a push that side ${cutter} cuts at any frame counts once or comes back, as soon as the sender has asked`, async () => {
    let points = 0;
    for (let cutAt = 0; cutAt <= points; cutAt++) {
      const [from, to] = [new Side(1, 3), new Side(5)];
      const { a, b, streams } = await channelPair();
      const cutting = [a, b][cutter];
      let seen = 0;
      for (const method of ["send", "receive"] as const) {
        const original = cutting[method].bind(cutting) as (...args: unknown[]) => Promise<unknown>;
        Object.defineProperty(cutting, method, {
          value: async (...args: unknown[]) => {
            if (++seen === cutAt) streams[cutter].abort(new Error("cut"));
            return await original(...args);
          },
        });
      }
      await Promise.allSettled([from.protocol.push(a, "b", { part: 1 / 2 }), to.server.answer(b, "a")]);
      if (cutAt === 0) points = seen;
      await settle(from, to);
      assertEquals(from.protocol.unsettled(), []);
      const [numerator, weight] = totals([from, to]);
      assertAlmostEquals(numerator, 8, 1e-5, `cut at frame ${cutAt} of ${points}`);
      assertEquals(weight, 4, `cut at frame ${cutAt} of ${points}`);
      close(a, b);
    }
    assert(points >= 6, `a push has several frames, counted ${points}`);
  });
}

Deno.test("a push that comes after its sender was told that it has not is dropped, and none is taken twice", async () => {
  const to = new Side(5);
  const name = { layout: "l", values: LENGTH, life: crypto.randomUUID() };
  const parse = (value: unknown) => value as Record<string, unknown>;
  const blob = await makeBlob(none.open({ values: LENGTH, matrices: [] }).encode(new Float32Array(LENGTH).fill(2)));
  /** What the receiver says in the end. */
  const ask = async (request: object, beforeMoved = () => Promise.resolve()) => {
    const { a, b } = await channelPair();
    const answering = to.server.answer(b, "a").then(() => new Promise<never>(() => {}), (error: Error) => error);
    const asking = (async () => {
      await a.sendMessage({ ...name, ...request });
      const first = await a.receiveMessage(parse);
      if (first.type !== "accept") return first;
      await serveBlob(a, blob);
      await a.receiveMessage(parse); // received
      await beforeMoved();
      await a.sendMessage({ type: "moved" });
      return await a.receiveMessage(parse);
    })().catch((error) => error);
    const said: Record<string, unknown> | Error = await Promise.race([asking, answering]);
    close(a, b);
    return said;
  };
  const push = (number: number, beforeMoved?: () => Promise<void>) => {
    const { manifest } = blob;
    return ask({ type: "push", number, compression: "none", round: 0, weight: 1, manifest }, beforeMoved);
  };
  assertEquals(await ask({ type: "settle", number: 4 }), { type: "settled", received: false });
  for (const number of [3, 4]) assert(`${await push(number)}`.includes(`its push ${number} was given up already`));
  assertEquals(to.state.weight, 1);
  assertEquals(await push(5), { type: "noted" });
  assert(`${await push(5)}`.includes("its push 5 was added already"));
  assertEquals(await ask({ type: "settle", number: 5 }), { type: "settled", received: true });
  assertEquals(to.state.weight, 2);
  assertAlmostEquals(to.state.snapshot().vector[7], 7 / 2, 1e-6);
  // its sender asks on another line, while every byte is here and it is not added yet
  const late = await push(6, async () => {
    assertEquals(await ask({ type: "settle", number: 6 }), { type: "settled", received: false });
  });
  assert(`${late}`.includes("its push 6 was given up already"), `${late}`);
  assertEquals(to.state.weight, 2);
});

Deno.test("a push of another compressor, of another layout, or an offer is refused with the reason, and the part is back", async () => {
  const from = new Side(1, 3);
  const { a, b } = await channelPair();
  const answering = new Side(5, 1, int8).server.answer(b, "a").catch(() => {});
  await assertRejects(
    () => from.protocol.push(a, "b", { part: 1 / 2 }),
    Error,
    "the compression differs: int8 here, none",
  );
  assertEquals(from.state.weight, 3);
  assertEquals(from.protocol.unsettled(), []);
  close(a, b);
  await answering;
});

Deno.test("four nodes that push to one another hold the mean by mass, and all weight all the way", async () => {
  const identities = await Promise.all(Array.from({ length: 4 }, newIdentity));
  await using meshes = new Meshes();
  const started = await meshes.all(identities, { averaging: { topology: "one-peer-exponential" } });
  const masses = [1, 4, 2, 3];
  started.forEach(({ mesh }, i) => {
    mesh.averaging.initialise(new Float32Array(500).fill(i + 1), { layout: "l", mass: masses[i], round: 0 });
  });
  const states = started.map(({ mesh }) => mesh.averaging.state as OneWayState);
  for (let step = 0; step < 12; step++) {
    const mixed = await Promise.all(started.map(({ mesh }) => mesh.averaging.step({ step, steps: 12 })));
    for (const { partners } of mixed) assert(partners.length > 0);
    assertAlmostEquals(states.reduce((sum, { weight }) => sum + weight, 0), 10, 1e-9);
  }
  for (const state of states) assertAlmostEquals(state.snapshot().vector[3], (1 + 8 + 6 + 12) / 10, 1e-3);
});

Deno.test("a site that steps while the others do not keeps half of its mass, so that its own updates move it by little, and what all hold stays", async () => {
  const identities = await Promise.all(Array.from({ length: 2 }, newIdentity));
  await using meshes = new Meshes();
  const [fast, slow] = await meshes.all(identities, { averaging: { topology: "one-peer-exponential" } });
  for (const { mesh } of [fast, slow]) {
    mesh.averaging.initialise(new Float32Array(50).fill(10), { layout: "l", mass: 4, round: 0 });
  }
  const [own, other] = [fast, slow].map(({ mesh }) => mesh.averaging.state as OneWayState);
  for (let step = 0; step < 20; step++) {
    fast.mesh.averaging.contribute(new Float32Array(50).fill(0.01), step + 1);
    const { partners, skipped } = await fast.mesh.averaging.step({ step, steps: 100 });
    if (step > 0) assertEquals([partners, skipped?.includes("until they give some back")], [[], true]);
  }
  assertEquals([own.weight, other.weight], [2, 6]);
  const [numerator, weight] = [own, other].map((state) => [state.weight * state.snapshot().vector[7], state.weight])
    .reduce((sum, part) => sum.map((value, i) => value + part[i]));
  assertEquals(weight, 8);
  assertAlmostEquals(numerator, 80 + 20 * 4 * 0.01, 1e-4);
  assertAlmostEquals(own.snapshot().vector[7], 10 + 20 * 2 * 0.01, 0.02);

  // what the other holds is gone with it: the site is one of its own again, and its updates count as they are
  await slow.mesh.stop();
  await fast.log.wait("peer-left", identities[1].peerId);
  const before = own.snapshot().vector[7];
  for (let step = 20; step < 28; step++) await fast.mesh.averaging.step({ step, steps: 100 });
  assertEquals(own.weight, 4);
  assertAlmostEquals(own.snapshot().vector[7], before, 1e-5);
});
