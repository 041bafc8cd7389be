import { assertEquals } from "@std/assert";
import * as v from "valibot";
import { CompressionError } from "../../../src/mesh/averaging/compression/compressor.ts";
import { ExchangeRefusedError } from "../../../src/mesh/averaging/_messages.ts";
import { exchangeFailure } from "../../../src/mesh/averaging/failure.ts";
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
