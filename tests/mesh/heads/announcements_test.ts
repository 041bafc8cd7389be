/** What the heads of members tell about their weights. */
import { assertEquals } from "@std/assert";
import { Announcements } from "../../../src/mesh/heads/announcements.ts";

Deno.test("distances are those of the sketches, and only of the training that this peer is in", () => {
  const announcements = new Announcements();
  const head = (layout: string | undefined, mass?: number, sketch?: Float32Array) => ({
    ...{ round: 1, addresses: [], layout, sketch },
    ...(mass !== undefined && { mass }),
  });
  const heads = new Map([
    ["near", head("net", 8, Float32Array.of(1, 2))],
    ["far", head("net", 9, Float32Array.of(4, 6))],
    ["plain", head("net", 7)],
    ["elsewhere", head("other", 5, Float32Array.of(1, 2))],
    ["new", head(undefined)],
  ]);
  assertEquals(announcements.of(heads), []);
  announcements.own = head("net", 6, Float32Array.of(1, 2));
  assertEquals(announcements.of(heads), [
    { peer: "near", distance: 0, mass: 8 },
    { peer: "far", distance: 5, mass: 9 },
    { peer: "plain", mass: 7 },
  ]);
});
