import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Compressor, HEADER_BYTES } from "../../../../src/mesh/averaging/compression/compressor.ts";
import { Rng } from "../../../../src/core/rng.ts";
import { int8 } from "../../../../src/mesh/averaging/compression/int8.ts";
import { none } from "../../../../src/mesh/averaging/compression/none.ts";
import { topK } from "../../../../src/mesh/averaging/compression/top_k.ts";
import type { AuditRecord } from "../../../../src/mesh/protocols/traffic.ts";
import { Side } from "../_side.ts";
import { channelPair } from "../../_streams.ts";

const LENGTH = 400_000;

function sideOf(value: number, { mass = 1, layout = "l", length = LENGTH, audit = (_: AuditRecord) => {} } = {}) {
  return new Side({ vector: new Float32Array(length).fill(value), mass, layout, audit });
}

const first = ({ vector }: Side) => vector[0];
const close = (...channels: { abort(error: Error): void }[]) => channels.forEach((c) => c.abort(new Error("over")));

Deno.test("two peers average to the weighted mean, and what leaves is told to the audit first", async () => {
  const records: AuditRecord[] = [];
  const initiator = sideOf(1, { mass: 3, audit: (record) => void records.push(record) });
  const responder = sideOf(5);
  const { a, b } = await channelPair();
  const [outcome, answered] = await Promise.all([initiator.exchange(a, "b"), responder.answer(b, "a")]);
  assertEquals(outcome, { state: "done", remoteRound: 3 });
  assertEquals(answered, { remoteRound: 3 });
  for (const peer of [initiator, responder]) assertAlmostEquals(first(peer), 2, 1e-6);
  assertEquals(records.map(({ kind, peer, bytes, round }) => [kind, peer, bytes, round]), [[
    "weights",
    "b",
    4 * LENGTH + HEADER_BYTES,
    3,
  ]]);
  close(a, b);
});

Deno.test("an audit that throws keeps the weights at home", async () => {
  const initiator = sideOf(1, {
    audit: () => {
      throw new Error("the log is full");
    },
  });
  const { a, b } = await channelPair();
  const answering = sideOf(5).answer(b, "a").catch(() => {});
  await assertRejects(() => initiator.exchange(a, "b"), Error, "the log is full");
  assert(a.bytes < 2 * 4 * LENGTH, "its own vector did not leave");
  close(a, b);
  await answering;
});

for (const [side, cutter] of [["initiator", 0], ["responder", 1]] as const) {
  Deno.test(`an exchange whose ${side} dies at any frame leaves both with the old state or the mean, and free`, async () => {
    // counted on a whole exchange: every frame that the dying side sends or receives is a point to die at
    let points = 0;
    for (let dieAt = 1; dieAt <= points || dieAt === 1; dieAt++) {
      const [initiator, responder] = [sideOf(1), sideOf(5)];
      const { a, b, streams } = await channelPair();
      const dying = [a, b][cutter];
      let seen = 0;
      const count = (method: "send" | "receive") => {
        const original = dying[method].bind(dying) as (...args: unknown[]) => Promise<unknown>;
        Object.defineProperty(dying, method, {
          value: async (...args: unknown[]) => {
            if (++seen === dieAt && dieAt > 0 && points > 0) {
              // as kill -9 does it: the other end sees the stream close, without an error
              streams[cutter].abort(new Error("killed"));
            }
            return await original(...args);
          },
        });
      };
      count("send");
      count("receive");
      await Promise.allSettled([initiator.exchange(a, "b"), responder.answer(b, "a")]);
      if (points === 0) {
        points = seen;
        assert(points >= 8, `an exchange has several frames, counted ${points}`);
        dieAt = 0;
      } else {
        for (const [peer, before] of [[initiator, 1], [responder, 5]] as const) {
          assert([before, 3].includes(first(peer)), `${first(peer)} after dying at frame ${dieAt} of ${points}`);
          await peer.protocol.idle();
        }
        const survivor = cutter === 0 ? responder : initiator;
        const fresh = await channelPair();
        const outcome = await Promise.all([survivor.exchange(fresh.a, "c"), sideOf(3).answer(fresh.b, "s")]);
        assertEquals(outcome[0].state, "done");
        close(fresh.a, fresh.b);
      }
      close(a, b);
    }
  });
}

Deno.test("a peer in an exchange answers busy at once, and two that ask each other both go on", async () => {
  const [x, y] = [sideOf(1), sideOf(5)];
  const there = await channelPair();
  const back = await channelPair();
  const [asked, asking] = await Promise.all([
    x.exchange(there.a, "y"),
    y.exchange(back.a, "x"),
    y.answer(there.b, "x"),
    x.answer(back.b, "y"),
  ]);
  // whoever is told first that the other is busy is free again, and may then be found free itself
  assert([asked, asking].some(({ state }) => state === "busy"), JSON.stringify([asked, asking]));
  await Promise.all([x.protocol.idle(), y.protocol.idle()]);
  const again = await channelPair();
  const [done] = await Promise.all([x.exchange(again.a, "y"), y.answer(again.b, "x")]);
  assertEquals(done.state, "done");
  close(there.a, there.b, back.a, back.b, again.a, again.b);
});

Deno.test("a peer without a state answers busy", async () => {
  const { a, b } = await channelPair();
  const [outcome] = await Promise.all([sideOf(1).exchange(a, "b"), new Side().answer(b, "a")]);
  assertEquals(outcome, { state: "busy" });
  close(a, b);
});

Deno.test("a vector of another length is refused by both sides with the reason", async () => {
  const [mine, other] = [sideOf(1), sideOf(5, { length: 7 })];
  const { a, b } = await channelPair();
  const answering = other.answer(b, "a").catch((error) => error);
  await assertRejects(() => mine.exchange(a, "b"), Error, `the vectors of layout l differ: 7 values here, ${LENGTH}`);
  assertEquals((await answering).name, "ExchangeRefusedError");
  assertEquals(first(mine), 1);
  close(a, b);
});

Deno.test("two in trainings of different layouts say so and change nothing, whatever they are asked for", async () => {
  const [mine, other] = [sideOf(1), sideOf(5, { layout: "another" })];
  const { a, b } = await channelPair();
  const [outcome, answered] = await Promise.all([mine.exchange(a, "b"), other.answer(b, "a")]);
  assertEquals([outcome, answered], [{ state: "elsewhere" }, undefined]);
  const again = await channelPair();
  const [state] = await Promise.all([
    new Side().fetch(again.a, { layout: "l", values: LENGTH }),
    other.answer(again.b, "late"),
  ]);
  assertEquals([state, first(mine), first(other)], [undefined, 1, 5]);
  close(a, b, again.a, again.b);
});

Deno.test("one that is a step behind asks to be waited for also from the training before", async () => {
  const ahead = sideOf(1, { layout: "next" });
  ahead.protocol.beginStep(4, new Map([["b", 1 / 2]]));
  for (const [reached, expected] of [[3, "later"], [2, "elsewhere"], [4, "elsewhere"]] as const) {
    const behind = sideOf(5);
    behind.protocol.beginStep(reached, new Map());
    const { a, b } = await channelPair();
    const [outcome] = await Promise.all([ahead.exchange(a, "b", { patient: true }), behind.answer(b, "a")]);
    assertEquals([reached, outcome.state], [reached, expected]);
    close(a, b);
  }
});

Deno.test("one that sits out is not waited for until it begins a step again", async () => {
  const ahead = sideOf(1, { layout: "next" }), behind = sideOf(5);
  ahead.protocol.beginStep(4, new Map([["b", 1 / 2]]));
  for (const [comeTo, expected] of [[() => behind.protocol.sitOut(), "elsewhere"], [() => {}, "later"]] as const) {
    behind.protocol.beginStep(3, new Map());
    comeTo();
    const { a, b } = await channelPair();
    const [outcome] = await Promise.all([ahead.exchange(a, "b", { patient: true }), behind.answer(b, "a")]);
    assertEquals(outcome.state, expected);
    close(a, b);
  }
});

Deno.test("one that has nothing to give yet is busy, and elsewhere while it sits out", async () => {
  const fresh = new Side();
  for (const [comeTo, expected] of [[() => {}, "busy"], [() => fresh.protocol.sitOut(), "elsewhere"]] as const) {
    comeTo();
    const { a, b } = await channelPair();
    const [outcome] = await Promise.all([sideOf(1).exchange(a, "b", { patient: true }), fresh.answer(b, "a")]);
    assertEquals(outcome.state, expected);
    close(a, b);
  }
});

/** A peer that sends what no honest one would: the bytes of an encoding, changed. */
function dishonest(change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Compressor {
  return {
    ...none,
    open: (layout) => ({
      encode: (vector) => change(none.open(layout).encode(vector)),
      decode: (bytes) => new Float32Array(bytes.slice(HEADER_BYTES, HEADER_BYTES + 4 * layout.values).buffer),
    }),
  };
}

const hostile: [string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>, RegExp][] = [
  ["are not finite", (bytes) => {
    bytes.set(new Uint8Array(Float32Array.of(NaN).buffer), bytes.length - 4);
    return bytes;
  }, /its weights are refused: decoding a vector: every value must be finite, got NaN/],
  ["are another compressor's", (bytes) => bytes.with(1, 3), /must be of compressor 0, got 3/],
  ["are of another length inside", (bytes) => bytes.with(2, bytes[2] ^ 1), /must hold 400000 values, got 400001/],
  ["are cut short", (bytes) => bytes.slice(0, -4), /the body must have 1600000 bytes, got 1599996/],
  ["are larger than a vector can be", (bytes) => {
    const larger = new Uint8Array(bytes.length + 2000);
    larger.set(bytes);
    return larger;
  }, /a transfer must be at most 1601024 bytes, got 1602006/],
];

for (const [what, change, message] of hostile) {
  Deno.test(`weights that ${what} are refused whichever side they come from`, async () => {
    for (const bad of ["initiator", "responder"] as const) {
      const mine = sideOf(1);
      const theirs = new Side({ vector: new Float32Array(LENGTH).fill(2), compressor: dishonest(change) });
      const { a, b } = await channelPair();
      const [asked, answered] = bad === "initiator"
        ? [theirs.exchange(a, "me"), mine.answer(b, "them")]
        : [mine.exchange(a, "them"), theirs.answer(b, "me")];
      const honest = bad === "initiator" ? answered : asked;
      const other = (bad === "initiator" ? asked : answered).catch(() => {});
      const error = await assertRejects(() => honest, Error);
      assertMatch(error.message, message);
      close(a, b);
      await other;
      assertEquals(first(mine), 1);
      await mine.protocol.idle();
    }
  });
}

for (const compressor of [int8, topK]) {
  Deno.test(`${compressor.name}: sides whose references differ after a cut begin anew in full, and keep the mean`, async () => {
    const start = (scale: number) => {
      const rng = new Rng(scale);
      return new Side({ vector: Float32Array.from({ length: 5000 }, () => scale * rng.normal()), compressor });
    };
    /**
     * Exchanges, cut at a frame of the initiator's if one is named: this frame and all later ones are lost, whether the
     * line has carried them already or not. Resolves to the bytes that it cost and the frames it took.
     */
    const exchange = async (x: Side, y: Side, cutAt = Infinity) => {
      const { a, b, streams } = await channelPair();
      let frames = 0;
      for (const method of ["send", "receive"] as const) {
        const original = a[method].bind(a) as (...args: unknown[]) => Promise<unknown>;
        Object.defineProperty(a, method, {
          value: async (...args: unknown[]) => {
            if (++frames >= cutAt) {
              streams[0].abort(new Error("cut"));
              throw new Error("cut");
            }
            return await original(...args);
          },
        });
      }
      const both = await Promise.allSettled([x.exchange(a, "y"), y.answer(b, "x")]);
      const bytes = a.bytes;
      close(a, b);
      return { done: both.every(({ status }) => status === "fulfilled"), bytes, frames };
    };
    const sum = (x: Side, y: Side) => x.vector.map((value, i) => value + y.vector[i]);
    const { frames, bytes: full } = await exchange(start(1), start(2));
    for (let cutAt = 1; cutAt <= frames; cutAt++) {
      const [x, y] = [start(1), start(2)];
      assert((await exchange(x, y)).done);
      const { done } = await exchange(x, y, cutAt);
      assertEquals(done, false, `cut at frame ${cutAt}`);
      const before = sum(x, y);
      const again = await exchange(x, y);
      assert(again.done, `after a cut at frame ${cutAt}`);
      sum(x, y).forEach((value, i) => assertAlmostEquals(value, before[i], 1e-4));
      // only the last word tells y to take the new reference: cut there, the two have different ones
      const isApart = cutAt === frames;
      if (compressor === topK) assertEquals(again.bytes > full / 2, isApart, `${again.bytes} of ${full} at ${cutAt}`);
      const third = await exchange(x, y);
      assert(third.done);
      if (compressor === topK) assert(third.bytes < full / 2);
    }
  });
}

Deno.test("references are kept of as many partners as there may be neighbours, and no more", async () => {
  for (const [neighbours, isShort] of [[2, true], [1, false]] as const) {
    const sides = [1, 2, 3].map((value) => {
      return new Side({ vector: new Float32Array(5000).fill(value), compressor: topK, neighbours });
    });
    let bytes = 0;
    for (const other of [1, 2, 1]) {
      const { a, b } = await channelPair();
      await Promise.all([sides[0].exchange(a, `${other}`), sides[other].answer(b, "0")]);
      bytes = a.bytes;
      close(a, b);
    }
    assertEquals(bytes < 4 * 5000, isShort, `${bytes} bytes with ${neighbours}`);
  }
});

Deno.test("a late peer takes a state without giving one", async () => {
  const { a, b } = await channelPair();
  const holder = sideOf(5, { mass: 4 });
  const late = new Side();
  const [state] = await Promise.all([
    late.fetch(a, { layout: "l", values: LENGTH }),
    holder.answer(b, "late"),
  ]);
  assertEquals([state?.vector[0], state?.mass, state?.round], [5, 4, 3]);
  assertEquals(state?.optimiser, undefined);
  assertEquals(first(holder), 5);
  close(a, b);
});

Deno.test("a late peer is given the optimiser of its owner, as it is, and one that is too large is refused", async () => {
  const holder = sideOf(5);
  for (const [bytes, refused] of [[3_000_000, false], [16 * LENGTH + 1024 * 1024 + 1, true]] as const) {
    const optimiser = new Uint8Array(bytes).map((_, i) => i % 251);
    holder.server.serveOptimiser(() => optimiser);
    const { a, b } = await channelPair();
    const answering = holder.answer(b, "late").catch(() => {});
    const fetching = new Side().fetch(a, { layout: "l", values: LENGTH });
    if (refused) await assertRejects(() => fetching, RangeError, "a transfer must be at most");
    else assertEquals((await fetching)?.optimiser, optimiser);
    close(a, b);
    await answering;
  }
});

Deno.test("a planned partner that comes after another stood in for it is mixed with what there is now, not with the step's beginning", async () => {
  const masses = [2, 4, 5];
  const [late, standIn, planned] = masses.map((mass, i) =>
    new Side({ vector: Float32Array.from({ length: 3 }, (_, j) => i === j ? 1 : 0), mass })
  );
  const meet = async (initiator: Side, peer: string, responder: Side, asker: string, options = {}) => {
    const { a, b } = await channelPair();
    const [outcome] = await Promise.all([initiator.exchange(a, peer, options), responder.answer(b, asker)]);
    assertEquals(outcome.state, "done");
    close(a, b);
  };
  late.protocol.beginStep(0, new Map([["planned", 1 / 2]]));
  await meet(late, "standIn", standIn, "late");
  planned.protocol.beginStep(0, new Map([["late", 1 / 2]]));
  await meet(planned, "late", late, "planned", { planned: true });
  for (const { vector } of [late, standIn, planned]) {
    assert(vector.every((value) => value >= 0), `a share of ${vector}`);
  }
  for (let j = 0; j < 3; j++) {
    const sum = [late, standIn, planned].reduce((sum, { vector }, i) => sum + masses[i] * vector[j], 0);
    assertAlmostEquals(sum, masses[j], 1e-5);
  }
});
