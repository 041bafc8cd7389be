import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import type { BatchLoader } from "../../src/data/loading/batch_loader.ts";
import { openLoader } from "../../src/data/loading/loader.ts";
import { shareCase } from "../../src/data/loading/share.ts";
import { ballCase } from "../segmentation/_balls.ts";
import { countFrom, type CountInput } from "./fixtures/_count.ts";

type Batch = ReturnType<ReturnType<typeof countFrom>>;

function input(changes: Partial<CountInput> = {}): CountInput {
  return { taken: new Int32Array(new SharedArrayBuffer(4)), values: Float32Array.of(0.5, 0.25), ...changes };
}

/** Runs `test` with a loader that is stopped afterwards. */
async function withLoader(
  ahead: number,
  input: CountInput,
  test: (loader: BatchLoader<number, Batch>) => Promise<void>,
) {
  const worker = new URL("./fixtures/_count_worker.ts", import.meta.url);
  const loader = openLoader({ input, prepareFrom: countFrom, worker, ahead });
  try {
    await loader.started();
    await test(loader);
  } finally {
    await loader.stop();
  }
}

const requests = [5, 3, 8, 1];

for (
  const [ahead, where] of [[0, "in the caller's thread"], [1, "in a Worker"], [9, "in a Worker, all ahead"]] as const
) {
  Deno.test(`batches come in the order of their requests, one run after another (${where})`, () =>
    withLoader(ahead, input(), async (loader) => {
      for (let run = 0; run < 2; run++) {
        const batches = await Array.fromAsync(loader.batches(requests));
        assertEquals(batches.map(({ values }) => [...values]), requests.map((request) => [request, 0.5, 0.25]));
      }
    }));

  Deno.test(`what cannot be prepared is the same error, in its turn, and others go on (${where})`, () =>
    withLoader(ahead, input({ bad: 8 }), async (loader) => {
      const batches = loader.batches(requests);
      for (const request of [5, 3]) assertEquals((await batches.next()).value!.values[0], request);
      const { message } = await assertRejects(() => batches.next(), UserError);
      assertEquals(message, "loading: the request must be a good one (test: 8)");
      assertEquals((await Array.fromAsync(loader.batches([1, 2]))).length, 2);
    }));

  Deno.test(`a loop that is left early or aborted ends, and the loader serves the next one (${where})`, () =>
    withLoader(ahead, input(), async (loader) => {
      for await (const { values } of loader.batches(requests)) if (values[0] === 3) break;
      const controller = new AbortController();
      const batches = loader.batches(requests, { signal: controller.signal });
      await batches.next();
      controller.abort(new Error("enough"));
      await assertRejects(() => batches.next(), Error, "enough");
      const [first] = await Array.fromAsync(loader.batches([7]));
      assertEquals(first.values[0], 7);
    }));
}

Deno.test("batches are prepared ahead while the caller does something else, as many as it is told and no more", async () => {
  const shared = input();
  await withLoader(2, shared, async (loader) => {
    const batches = loader.batches(Array.from({ length: 10 }, (_, index) => index));
    await batches.next();
    // the first is out, the two after it are prepared although nobody has asked for them
    for (let taken = 0; (taken = Atomics.load(shared.taken, 0)) < 3;) {
      const woken = await Atomics.waitAsync(shared.taken, 0, taken, 10_000).value;
      assert(woken !== "timed-out", `${taken} were prepared`);
    }
    await batches.next();
    await batches.next();
    await batches.return();
  });
  assertEquals(shared.taken[0] >= 3 && shared.taken[0] <= 5, true, `${shared.taken[0]} of 10 were prepared`);
});

Deno.test("an aborted wait does not wait for the batch", () =>
  withLoader(1, input(), async (loader) => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await assertRejects(() => loader.batches(requests, { signal }).next(), Error, "stopped");
  }));

Deno.test("a thread that cannot start is an error of the next batch, and of every later one", async () => {
  const worker = new URL("./fixtures/absent.ts", import.meta.url);
  const loader = openLoader<CountInput, number, Batch>({ input: input(), prepareFrom: countFrom, worker, ahead: 2 });
  await assertRejects(() => loader.started(), Error);
  for (let run = 0; run < 2; run++) {
    await assertRejects(() => loader.batches(requests).next(), Error);
  }
  await loader.stop();
});

Deno.test("batches are there before the thread has started, and go on in order when it has", async () => {
  const worker = new URL("./fixtures/_count_worker.ts", import.meta.url);
  const loader = openLoader({ input: input(), prepareFrom: countFrom, worker, ahead: 2 });
  const seen: number[] = [];
  for await (const { values } of loader.batches([4, 2, 9, 7, 1])) {
    seen.push(values[0]);
    if (seen.length === 2) await loader.started();
  }
  assertEquals(seen, [4, 2, 9, 7, 1]);
  await loader.stop();
});

Deno.test("a number to prepare ahead that is none is refused", () => {
  assertThrows(
    () => openLoader({ input: input(), prepareFrom: countFrom, worker: new URL(import.meta.url), ahead: 0.5 }),
    RangeError,
    "must be a whole number, got 0.5",
  );
});

Deno.test("a case is brought into shared memory once, with the same voxels", () => {
  const ball = ballCase("ball");
  const occupancy = { shares: Uint8Array.from({ length: 3 * 12 ** 3 }, (_, i) => i), classes: 3 };
  for (const prepared of [ball, { ...ball, label: undefined }, { ...ball, occupancy }]) {
    const shared = shareCase(prepared);
    assertEquals(shared, prepared);
    assert(shared.image.buffer instanceof SharedArrayBuffer);
    assert(!shared.label || shared.label.buffer instanceof SharedArrayBuffer);
    assert(!shared.occupancy || shared.occupancy.shares.buffer instanceof SharedArrayBuffer);
    assert(shareCase(shared) === shared);
  }
});
