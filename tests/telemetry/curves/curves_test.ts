import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { PeerEvent } from "../../../src/peer/events.ts";
import { followCurves } from "../../../src/telemetry/curves/curves.ts";

const event = (case_: string): PeerEvent => ({
  ...{ type: "dice", method: "scratch", case: case_, perClass: { spleen: 0.5 }, peer: "north", time: 0 },
});

Deno.test("nothing is made before the first point; a file that cannot be written is told once, and tried again", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const outputDirectory = join(directory, "results");
    const warnings: string[] = [];
    const curves = followCurves({ outputDirectory, warn: (message) => warnings.push(message) });
    curves.handle({ type: "note", message: "hello", peer: "north", time: 0 });
    assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
    curves.handle(event("a"));
    curves.handle(event("b"));
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0], /^the curves cannot be written: .*curves.csv/);
    await Deno.mkdir(outputDirectory);
    curves.handle(event("c"));
    curves.close();
    assertMatch(warnings[1], /can be written again; points are missing/);
    assertMatch(await Deno.readTextFile(join(outputDirectory, "curves.csv")), /^time,.*\n.*spleen\/c,0.5\n$/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
