/** The live page in a real browser. SYNCYTIUM_SCREENSHOTS names a folder for what it looks like. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { startLive } from "../../src/live/live.ts";
import { browser, visit } from "../_browser.ts";
import { sampleEvents, sampleStanding } from "../live/_sample.ts";
import type { Visit } from "./fixtures/live_visit.ts";

const SCRIPT = fromFileUrl(import.meta.resolve("./fixtures/live_visit.ts"));
const EVENT = "/event";
const TOKEN = "correct-horse-battery";

Deno.test({
  name: "the page is kept up to date, light and dark, narrow and wide, and asks for nothing elsewhere" + browser.reason,
  ignore: browser.missing,
  fn: async () => {
    const events = sampleEvents({ rounds: 14, fineTuned: true });
    const late = Date.now() - events.at(-1)!.time; // as if it had just happened
    const live = startLive({ name: "north", web: { listen: "127.0.0.1:0", token: TOKEN, hosts: [] } }, {
      warn: (message) => assertEquals(message, ""),
      routes: {
        [EVENT]: {
          answer: () => {
            const progress = { type: "progress", phase: "predict", step: 7, steps: 9, perSecond: 2 } as const;
            live.handle({ ...progress, peer: "north", time: Date.now() });
            return { body: "told\n" };
          },
        },
      },
    });
    for (const event of events) live.handle({ ...event, time: event.time + late });
    live.watch(() => sampleStanding({ round: 14, time: Date.now() }));
    try {
      const folder = Deno.env.get("SYNCYTIUM_SCREENSHOTS");
      const { looks, paint, address, now, pause, complaints, origins } = await visit<Visit>(
        ...[SCRIPT, `${live.url}?token=${TOKEN}`, EVENT, ...(folder ? [folder] : [])] as [string, ...string[]],
      );
      assertEquals(complaints, []);
      assertEquals(origins, [new URL(live.url).origin]);
      assertEquals(address, live.url); // without the token
      for (const { overflow, connection, charts } of looks) {
        assertEquals([overflow, connection, charts], [0, "live", 6]);
      }
      const [light, dark, narrow, narrowDark] = looks.map(({ background }) => background);
      assertNotEquals(light, dark);
      assertEquals([narrow, narrowDark], [light, dark]);
      assert(paint > 0);
      assertEquals(now, ["step 120 of 120 · loss 0.373", "window 7 of 9 · about 1 s left of this stage"]);
      assertEquals(pause, ["Pause", "Go on", "Pause"]);
    } finally {
      await live.close();
    }
  },
});
