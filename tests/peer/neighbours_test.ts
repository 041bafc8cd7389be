/** How a site without labels waits for those that have some. */
import { assert, assertEquals } from "@std/assert";
import { awaitTaught, type Place } from "../../src/peer/_neighbours.ts";
import type { Run } from "../../src/peer/_run.ts";

const place: Place = {
  ...{ before: 10, layoutDigest: "net", values: 1, method: "scratch" },
  weights: { start: Float32Array.of(1) },
};

interface Head {
  round: number;
  layout?: string;
  metrics?: { labelled: number };
}

/** A run with one other member, whose head is `heads(n)` the n-th time that somebody looks, from 0. */
function runWith(heads: (asked: number) => Head | undefined, { patience = 60_000, given = 1, admitted = true } = {}) {
  let asked = 0, fetched = 0, sat = 0;
  const warnings: string[] = [];
  const mesh = {
    heads: () => {
      const head = heads(asked++);
      return new Map(head ? [["other", head]] : []);
    },
    members: () => [{ peer: "other", admitted }],
    averaging: {
      sitOut: () => sat++,
      fetch: (layout: string, values: number) => {
        assertEquals([layout, values], ["net", 1]);
        return Promise.resolve(++fetched < given ? undefined : { vector: Float32Array.of(1), round: 12, mass: 1 });
      },
    },
  };
  const run = {
    mesh,
    total: 30,
    configuration: { mesh: { patience } },
    emit: (event: { message: string }) => warnings.push(event.message),
  } as unknown as Run;
  return { run, warnings, asked: () => asked, fetched: () => fetched, sat: () => sat };
}

Deno.test("one without labels goes on from a member as soon as that has done the rounds, and asks again if it is busy", async () => {
  const on = runWith((asked) => ({ round: 9 + asked, layout: "net", metrics: { labelled: 1 } }), { given: 2 });
  assertEquals((await awaitTaught(on.run, place, 2))!.round, 12);
  assertEquals([on.asked(), on.fetched(), on.warnings, on.sat()], [5, 2, [], 1]); // rounds 9, 10, 11, 12 and 13
});

Deno.test("a member with labels that comes no further is not waited for without end, one that goes on is", async () => {
  const labelled = { metrics: { labelled: 1 } };
  const stuck = runWith((asked) => {
    assert(asked < 10, "it has long been stuck");
    return { round: 10, ...labelled };
  }, { patience: 1 });
  assertEquals(await awaitTaught(stuck.run, place, 2, { longestRound: 1 }), undefined);
  assertEquals(stuck.warnings, [
    "the fine-tuning (scratch) is left out: no member with labels has come a round further in 0 min",
  ]);
  const slow = runWith((asked) => ({ round: asked, layout: "net", ...labelled }), { patience: 1 });
  assertEquals((await awaitTaught(slow.run, place, 2, { longestRound: 1 }))!.round, 12);
  assertEquals(slow.asked(), 13);
});

Deno.test("a member with labels is waited for while it goes on: for one that has none, or is away, only the patience", async () => {
  const slow = runWith((asked) => ({ round: asked < 3 ? 10 : 12, layout: "net", metrics: { labelled: 1 } }), {
    patience: 1,
  });
  assert(await awaitTaught(slow.run, place, 2));
  const message = "the fine-tuning (scratch) is left out: no member with labels is there to learn from";
  const waiting = { round: 10, metrics: { labelled: 0 } };
  for (const head of [waiting, undefined]) {
    const away = runWith((asked) => {
      assert(asked < 10, "the patience has long ended");
      return head;
    }, { patience: 1 });
    assertEquals(await awaitTaught(away.run, place, 2), undefined);
    assertEquals([away.asked(), away.fetched(), away.warnings], [2, 0, [message]]);
  }
  const gone = runWith(() => ({ round: 10, metrics: { labelled: 1 } }), { patience: 0, admitted: false });
  assertEquals(await awaitTaught(gone.run, place, 2), undefined);
});

Deno.test("members that have left the training behind are not waited for", async () => {
  const beyond = runWith(() => ({ round: 30, layout: "other net", metrics: { labelled: 1 } }), { patience: 0 });
  assertEquals(await awaitTaught(beyond.run, place, 2), undefined);
  assertEquals(beyond.fetched(), 0);
});
