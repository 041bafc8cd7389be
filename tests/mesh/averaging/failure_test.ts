import { assertEquals, assertRejects } from "@std/assert";
import * as v from "valibot";
import { CompressionError } from "../../../src/mesh/averaging/compression/compressor.ts";
import { ExchangeRefusedError, UnsoundError } from "../../../src/mesh/averaging/_messages.ts";
import { exchangeFailure, isOffence } from "../../../src/mesh/averaging/failure.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { Rng } from "../../../src/core/rng.ts";
import { Averaging } from "../../../src/mesh/averaging/averaging.ts";
import type { Trust } from "../../../src/mesh/averaging/trust.ts";
import { checkAveraging } from "../../../src/mesh/averaging/settings.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { ChannelClosedError } from "../../../src/mesh/protocols/channel.ts";
import { FrameError } from "../../../src/mesh/protocols/frame.ts";
import { channelPair } from "../_streams.ts";

/** What `work` throws. */
function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
}

Deno.test("failures are of few kinds", () => {
  const failures = [
    new DOMException("too late", "TimeoutError"),
    new ChannelClosedError("closed"),
    new ExchangeRefusedError("refused"),
    new FrameError("no frame"),
    new CompressionError("no encoding"),
    thrown(() => v.parse(v.number(), "no number")),
    new Error("something"),
    undefined,
  ];
  const malformed = ["malformed", "malformed", "malformed"];
  assertEquals(failures.map(exchangeFailure), ["timeout", "closed", "refused", ...malformed, "other", "other"]);
});

Deno.test("what the other sent is held against it, a cut line and its refusal are not", () => {
  const offences = [new UnsoundError("its norm"), new FrameError("no frame"), new RangeError("a piece too many")];
  const others = [new ChannelClosedError("closed"), new ExchangeRefusedError("it refused"), new Error("reset")];
  assertEquals(offences.map(isOffence), [true, true, true]);
  assertEquals(others.map(isOffence), [false, false, false]);
});

function averagingOf(
  { offence, use = () => Promise.reject(new Error("nobody is called")) }: {
    offence?: Trust["offence"];
    use?: () => Promise<never>;
  },
) {
  const events: MeshEvent[] = [];
  const averaging = new Averaging({
    peers: {
      ...{ signal: new AbortController().signal, present: () => ["b"], isPresent: () => true, isLeaving: () => false },
      ...{ use, drop: () => {} },
    },
    ...{ identity: { peerId: "a" }, consortium: "c", members: () => ["a", "b"], patience: 0, stepTimeout: 1000 },
    ...{ averaging: checkAveraging({ topology: "epidemic" }, 2), rng: new Rng(1), audit: () => {} },
    ...(offence && { trust: { announced: () => [], whyPaused: () => undefined, good: () => {}, offence } }),
    emit: (event) => events.push(event),
  });
  averaging.initialise(new Float32Array(3), { layout: "l", mass: 1, round: 0 });
  return { averaging, events };
}

Deno.test("an exchange that fails is told with its member and kind, each time, beside the warning", async () => {
  const { averaging, events } = averagingOf({
    use: () => Promise.reject(new ChannelClosedError("the line was cut")),
  });
  assertEquals((await averaging.step({ step: 0, steps: 9 })).partners, []);
  const failed = events.filter(({ type }) => type === "exchange-failed");
  assertEquals(failed[0], { type: "exchange-failed", peer: "b", reason: "closed" });
  assertEquals(failed.length, events.filter(({ type }) => type === "warning").length);
});

Deno.test("who asks for another vector again and again is refused each time, which is held against it, and told once", async () => {
  const offences: string[] = [];
  const { averaging } = averagingOf({ offence: (_, what) => void offences.push(what) });
  const told: string[] = [];
  for (let k = 0; k < 3; k++) {
    const { a, b } = await channelPair();
    await a.sendMessage({ type: "fetch", layout: "l", values: 7, kept: [] });
    await averaging.answer(b, "b", new AbortController().signal).catch((error) => told.push(error.message));
    const answer = await a.receiveMessage((value) => value as { type: string });
    assertEquals(answer.type, "refused");
    for (const channel of [a, b]) channel.abort(new Error("over"));
  }
  const what = "the vectors of layout l differ: 3 values here, 7 there";
  assertEquals([told, offences], [[what], [what, what, what]]);
});

Deno.test("garbage in a message's place is held against the one that sent it", async () => {
  const offences: string[] = [];
  const { averaging } = averagingOf({ offence: (_, what) => void offences.push(what) });
  for (const payload of [utf8("no JSON"), Uint8Array.of(0xff)]) {
    const { a, b } = await channelPair();
    await a.send({ kind: "message", payload });
    await assertRejects(() => averaging.answer(b, "b", new AbortController().signal), FrameError, "must be JSON");
    for (const channel of [a, b]) channel.abort(new Error("over"));
  }
  assertEquals(offences.length, 2);
});
