import { assertEquals } from "@std/assert";
import { basename, fromFileUrl } from "@std/path";
import { LONGEST, longestFirst } from "../../scripts/test/_order.ts";
import { roomsOf } from "../../scripts/test/_rooms.ts";

Deno.test("files begin with the longest, and the others keep their order", () => {
  const others = ["/a/data.ts", "/tests/charter_test.ts", "/a/core.ts"];
  const longest = ["/a/mesh.ts", "/a/engine.ts", "/tests/walk_test.ts"];
  assertEquals(longestFirst([...others, ...longest]), ["/a/engine.ts", "/a/mesh.ts", "/tests/walk_test.ts", ...others]);
});

Deno.test("each name among the longest is that of a room, or of a file of peers as processes", () => {
  const rooms = roomsOf(fromFileUrl(new URL("../", import.meta.url)));
  const processes = rooms.find(({ name }) => name === "integration")!.files.map((file) => basename(file, ".ts"));
  const names = new Set([...rooms.map(({ name }) => name), ...processes]);
  assertEquals(LONGEST.filter((name) => !names.has(name)), []);
  assertEquals(new Set(LONGEST).size, LONGEST.length);
});
