/** The live page of a peer as clients see it, and what it leaves alone. */
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { type Live, startLive } from "../../src/live/live.ts";
import type { PeerEventBody } from "../../src/peer/events.ts";
import { feed, sampleStanding } from "./_sample.ts";

const web = { listen: "127.0.0.1:0", hosts: [] };
const MINUTE = 60_000;

/** Runs `test` with a page, and what it warned of. */
async function withLive(
  test: (live: Live, clock: { time: number }, warnings: string[]) => Promise<void>,
  options: Parameters<typeof startLive>[1] = { warn: () => {} },
): Promise<void> {
  const clock = { time: 0 };
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const live = startLive({ name: "north", web }, { ...options, warn, now: () => clock.time });
  try {
    await test(live, clock, warnings);
  } finally {
    await live.close();
  }
}

const get = async (live: Live, path: string) => {
  const response = await fetch(`${live.url}${path}`);
  return { status: response.status, text: await response.text() };
};

Deno.test("a port in use is named in one sentence, with the field and the value", () =>
  withLive((live) => {
    const { port } = new URL(live.url);
    const listen = `127.0.0.1:${port}`;
    const start = () => startLive({ name: "south", web: { ...web, listen } }, { warn: () => {} });
    assertEquals(
      assertThrows(start, UserError).message,
      "starting the live page: its address is in use by another program; " +
        `end it (ss -ltnp | grep :${port} names it), or listen on another port (web.listen: ${listen})`,
    );
    return Promise.resolve();
  }));

Deno.test("an address of another machine is named in one sentence, too", () => {
  const start = () => startLive({ name: "north", web: { ...web, listen: "192.0.2.7:8080" } }, { warn: () => {} });
  assertEquals(
    assertThrows(start, UserError).message,
    "starting the live page: its address must be of this machine (web.listen: 192.0.2.7:8080)",
  );
});

Deno.test("events come to a page, a snapshot as JSON, and server-sent events of both", () =>
  withLive(async (live, clock) => {
    live.handle({ type: "note", message: "came late", peer: "north", time: 1 });
    const { log } = JSON.parse((await get(live, "state")).text);
    assertEquals(log, [{ time: 1, level: "info", text: "came late" }]);
    assertStringIncludes((await get(live, "")).text, "came late");
    for (const [path, part] of [["events", '"log":[{'], ["updates", '"members":"']]) {
      const { body, headers } = await fetch(`${live.url}${path}`);
      assertEquals(headers.get("content-type"), "text/event-stream");
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      const { value } = await reader.read();
      assertMatch(value!, /^data: \{.*\}\n\n$/);
      assertStringIncludes(value!, part);
      await reader.cancel();
    }
    clock.time = 2000;
    live.handle({ type: "note", message: "goes on", peer: "north", time: 2 });
    assertEquals(JSON.parse((await get(live, "state")).text).log.length, 2);
  }));

Deno.test("who looks while the peer finishes is told so at once", () =>
  withLive(async (live) => {
    const { body } = await fetch(`${live.url}updates`);
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    const last = reader.read();
    live.handle({ type: "finished", seconds: 90, peer: "north", time: 1 });
    let text = (await last).value!;
    while (!text.includes("finished in 1 min 30 s")) text = (await reader.read()).value!;
    await reader.cancel();
  }));

Deno.test("a peer is ready when it has read its data and met a member, and well until it is stuck", () =>
  withLive(async (live, clock) => {
    assertEquals(await get(live, "readyz"), { status: 503, text: "not ready: the data are not read yet\n" });
    assertEquals(await get(live, "healthz"), { status: 200, text: "ok\n" });
    feed({ note: (event) => live.handle({ ...event, time: MINUTE }) });
    assertEquals(await get(live, "readyz"), { status: 200, text: "ok\n" });
    clock.time = 17 * MINUTE;
    assertEquals(await get(live, "healthz"), { status: 503, text: "stuck: no sign of work for 960 s\n" });
  }));

Deno.test("where the peer stands is asked for as long as somebody looks, and no more often than once a second", () =>
  withLive(async (live, clock) => {
    let asked = 0;
    assertEquals(live.standing(), undefined);
    live.watch(() => {
      asked++;
      return sampleStanding();
    });
    for (let i = 0; i < 5; i++) await get(live, "state");
    assertEquals(asked, 1);
    clock.time = 1000;
    const { members, standing } = JSON.parse((await get(live, "state")).text);
    assertEquals([asked, members.length, standing.round], [2, 3, 9]);
  }));

Deno.test("what fails in the page is told once, and the peer's events go on", () =>
  withLive(async (live, clock, warnings) => {
    live.watch(() => {
      throw new Error("no mesh");
    });
    for (let i = 0; i < 3; i++) {
      clock.time += 1000;
      assertEquals((await get(live, "state")).status, 500);
    }
    assertEquals(warnings, [
      "the live page cannot tell /state: no mesh; training goes on, and this is not said again",
    ]);
    const broken = { type: "names", names: null } as unknown as PeerEventBody;
    for (let i = 0; i < 3; i++) live.handle({ ...broken, peer: "north", time: 1 });
    assertEquals(warnings.length, 2);
    assertMatch(warnings[1], /^the live page does not follow: .*; training goes on$/);
  }));

Deno.test("paths beside the page's own are answered under the same rules", () =>
  withLive(async (live) => {
    assertEquals(await get(live, "metrics"), { status: 200, text: "up 1\n" });
  }, { warn: () => {}, routes: { "/metrics": { answer: () => ({ body: "up 1\n" }) } } }));

Deno.test("a page ends while somebody looks", async () => {
  const live = startLive({ name: "north", web }, { warn: () => {} });
  const { body } = await fetch(`${live.url}events`);
  const reader = body!.getReader();
  await reader.read();
  await live.close();
  const rest = await reader.read().catch(() => ({ done: true }));
  assertEquals(rest.done, true);
});
