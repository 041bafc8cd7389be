import { assertEquals } from "@std/assert";
import { enterWorld, realWorld } from "../../../src/core/world.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { Swaps } from "../../../src/mesh/protocols/swaps.ts";

/** Swaps with a member, each of which ends as `end` says when its turn comes. */
function swapsWith(present: string[]) {
  const begun: { peer: string; end: (error?: Error) => void }[] = [];
  const ending = new AbortController();
  let ended = 0;
  const lines: string[] = [];
  const swaps = new Swaps({
    ...{ protocol: "/test/1", doing: "testing", swap: () => Promise.resolve() },
    link: () => ({
      peers: {
        ...{ signal: ending.signal, present: () => present },
        use: (peer) => {
          const { promise, resolve, reject } = Promise.withResolvers<never>();
          begun.push({ peer, end: (error) => error ? reject(error) : resolve(undefined as never) });
          return promise;
        },
      },
      debug: (line) => lines.push(line),
    }),
    ended: () => ended++,
  });
  return { swaps, begun, lines, ending, ended: () => ended };
}

const isIdle = async ({ swaps }: ReturnType<typeof swapsWith>) =>
  await Promise.race([swaps.idle().then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 0))]);

const unsupported = Object.assign(new Error("no"), { name: "UnsupportedProtocolError" });

Deno.test("with each member one swap is under way, and what is asked for meanwhile comes once after it", async () => {
  const one = swapsWith(["a", "b"]);
  const { swaps, begun } = one;
  swaps.beginAll("b");
  swaps.begin("a");
  swaps.begin("a");
  swaps.begin("b");
  assertEquals(begun.map(({ peer }) => peer), ["a", "b"]);
  begun[0].end();
  assertEquals(await isIdle(one), false);
  assertEquals(begun.map(({ peer }) => peer), ["a", "b", "a"]);
  for (const { end } of begun) end();
  assertEquals([await isIdle(one), one.ended(), begun.length], [true, 3, 3]);
});

Deno.test("a swap that comes to nothing is told to whoever debugs, and its member does not answer until one comes about", async () => {
  const one = swapsWith(["a", "b"]);
  const { swaps, begun, lines } = one;
  swaps.beginAll();
  begun[0].end(new Error("the line is cut"));
  begun[1].end();
  await swaps.idle();
  assertEquals([swaps.answering(), lines], [["b"], ["testing with a: the line is cut"]]);
  const { serve } = swaps.handlers()["/test/1"];
  await serve(undefined as unknown as FrameChannel, "a", one.ending.signal);
  assertEquals(swaps.answering(), ["a", "b"]);
  one.ending.abort();
});

Deno.test("a swap that comes to nothing is begun again, each time after twice as long, while its member is there", async () => {
  const waits: number[] = [], acts: (() => void)[] = [];
  using _waiting = enterWorld({
    ...realWorld,
    after(milliseconds, act) {
      waits.push(milliseconds);
      acts.push(act);
      return { cancel: () => {} };
    },
  });
  const present = ["a"];
  const { swaps, begun } = swapsWith(present);
  const fails = async () => {
    begun.at(-1)!.end(new Error("no space is left on the disk"));
    await swaps.idle();
  };
  const goesOn = async () => {
    acts.shift()!();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  swaps.begin("a");
  for (let k = 1; k <= 8; k++) {
    await fails();
    await goesOn();
    assertEquals(begun.length, 1 + k);
  }
  assertEquals(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  begun.at(-1)!.end();
  await swaps.idle();
  assertEquals([begun.length, acts.length], [9, 0]);
  swaps.begin("a");
  await fails();
  present.pop();
  await goesOn();
  assertEquals([begun.length, waits.at(-1)], [10, 1_000], "it will be begun when the member comes");
});

Deno.test("a member that does not speak the protocol is left alone until it comes anew", async () => {
  const { swaps, begun } = swapsWith(["a"]);
  swaps.begin("a");
  begun[0].end(unsupported);
  await swaps.idle();
  swaps.beginAll();
  assertEquals([begun.length, swaps.answering()], [1, []]);
  swaps.joined("a");
  assertEquals(begun.length, 2);
});

Deno.test("nothing more is begun when the peer stops", async () => {
  const one = swapsWith(["a"]);
  one.swaps.begin("a");
  one.swaps.begin("a");
  one.ending.abort();
  one.begun[0].end(new Error("the peer stops"));
  assertEquals([await isIdle(one), one.begun.length], [true, 1]);
});
