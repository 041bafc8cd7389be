import { assertEquals } from "@std/assert";
import * as v from "valibot";
import { CompressionError } from "../../../src/mesh/averaging/compression/compressor.ts";
import { ExchangeRefusedError, UnsoundError } from "../../../src/mesh/averaging/_messages.ts";
import { exchangeFailure, isOffence } from "../../../src/mesh/averaging/failure.ts";
import { Rng } from "../../../src/core/rng.ts";
import { Averaging } from "../../../src/mesh/averaging/averaging.ts";
import { checkAveraging } from "../../../src/mesh/averaging/settings.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { ChannelClosedError } from "../../../src/mesh/protocols/channel.ts";
import { FrameError } from "../../../src/mesh/protocols/frame.ts";

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

Deno.test("an exchange that fails is told with its member and kind, each time, beside the warning", async () => {
  const events: MeshEvent[] = [];
  const averaging = new Averaging({
    peers: {
      signal: new AbortController().signal,
      present: () => ["b"],
      isPresent: () => true,
      isLeaving: () => false,
      use: () => Promise.reject(new ChannelClosedError("the line was cut")),
      drop: () => {},
    },
    ...{ identity: { peerId: "a" }, consortium: "c", members: () => ["a", "b"], patience: 0, stepTimeout: 1000 },
    ...{ averaging: checkAveraging({ topology: "epidemic" }, 2), rng: new Rng(1), audit: () => {} },
    emit: (event) => events.push(event),
  });
  averaging.initialise(new Float32Array(3), { layout: "l", mass: 1, round: 0 });
  assertEquals((await averaging.step({ step: 0, steps: 9 })).partners, []);
  const failed = events.filter(({ type }) => type === "exchange-failed");
  assertEquals(failed[0], { type: "exchange-failed", peer: "b", reason: "closed" });
  assertEquals(failed.length, events.filter(({ type }) => type === "warning").length);
});
