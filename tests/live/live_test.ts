/** The live page of a peer as clients see it, and what it leaves alone. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { startLive } from "../../src/live/live.ts";

const web = { listen: "127.0.0.1:0", hosts: [] };

Deno.test("a port in use is named in one sentence, with the field and the value", async () => {
  const live = startLive({ name: "north", web }, { warn: () => {} });
  try {
    const listen = `127.0.0.1:${new URL(live.url).port}`;
    const error = assertThrows(
      () => startLive({ name: "south", web: { ...web, listen } }, { warn: () => {} }),
      UserError,
    );
    assertEquals(
      error.message,
      `starting the live page: the port must be free, and another program has it (web.listen: ${listen})`,
    );
  } finally {
    await live.close();
  }
});

Deno.test("events come to a snapshot, as JSON and as server-sent events", async () => {
  const live = startLive({ name: "north", web }, { warn: () => {} });
  try {
    live.handle({ type: "note", message: "came late", peer: "north", time: 1 });
    const { log } = await (await fetch(`${live.url}state`)).json();
    assertEquals(log, [{ time: 1, level: "info", text: "came late" }]);
    const events = await fetch(`${live.url}events`);
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    assertStringIncludes((await reader.read()).value!, '"text":"came late"');
    await reader.cancel();
  } finally {
    await live.close();
  }
});
