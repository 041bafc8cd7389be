import { assert, assertEquals } from "@std/assert";
import { Updates } from "../../../src/live/server/updates.ts";

/** Updates of a counter that go by hand. */
function counting({ most = 32, failing = false } = {}) {
  let value = 0;
  const looks: number[] = [];
  const failures: unknown[] = [];
  const updates = new Updates({
    ...{ most, interval: 1e6, failed: (error: unknown) => failures.push(error) },
    look: () => {
      if (failing) throw new Error("no");
      looks.push(value);
      return value;
    },
  });
  const go = (to: number) => {
    value = to;
    updates.tick();
  };
  const open = (encoderOf: () => (value: number) => string = () => String) => {
    const reader = updates.stream(encoderOf)!.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    return { read, leave: () => reader.cancel(), reader };
  };
  return { updates, go, open, looks, failures };
}

/** Lets what has been resolved go on. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a client gets what there is at once, then what is new", async () => {
  const { go, open } = counting();
  const { read, leave } = open();
  assertEquals(await read(), "data: 0\n\n");
  const next = read();
  await settled();
  go(5);
  assertEquals(await next, "data: 5\n\n");
  await leave();
});

Deno.test("a slow client keeps nothing waiting: it misses what was between, and gets the newest", async () => {
  const { go, open, looks } = counting();
  const { read, leave } = open();
  await read();
  for (let i = 1; i <= 1000; i++) {
    go(i);
    await Promise.resolve();
  }
  assertEquals(looks, [0]); // nothing was made for it
  const next = read();
  await settled();
  go(1001);
  assertEquals(await next, "data: 1001\n\n");
  await leave();
});

Deno.test("one slow client does not hold up another, and each has an encoder of its own", async () => {
  const { go, open } = counting();
  const counted = () => {
    let count = 0;
    return (value: number) => `${++count}:${value}`;
  };
  const [slow, fast] = [open(counted), open(counted)];
  await slow.read();
  for (let i = 0; i < 3; i++) {
    const next = fast.read();
    await settled();
    go(i);
    assertEquals(await next, `data: ${i + 1}:${i === 0 ? 0 : i}\n\n`);
  }
  await Promise.all([slow.leave(), fast.leave()]);
});

Deno.test("there is room for so many clients, and again for as many as have left", async () => {
  const { updates, open } = counting({ most: 2 });
  const [first, second] = [open(), open()];
  await first.read();
  assertEquals(updates.stream(() => String), undefined);
  await second.leave();
  assertEquals(updates.clients, 1);
  const third = open();
  assertEquals(await third.read(), "data: 0\n\n");
  await Promise.all([first.leave(), third.leave()]);
  assertEquals(updates.clients, 0);
});

Deno.test("what fails is told, and the client stays", async () => {
  const { open, failures, updates } = counting({ failing: true });
  const { read, leave } = open();
  assertEquals(await read(), ":\n\n");
  assertEquals([failures.length, updates.clients], [1, 1]);
  await leave();
});

Deno.test("at the end all streams end, those that wait, too, and no more are opened", async () => {
  const { updates, open } = counting();
  const { read, reader } = open();
  await read();
  const next = reader.read();
  await settled();
  updates.close();
  assertEquals((await next).done, true);
  assert(updates.stream(() => String) === undefined);
});
