import { assertEquals } from "@std/assert";
import { KeptPieces } from "../../../src/mesh/protocols/kept_pieces.ts";

const partial = (bytes: number) => ({ data: new Uint8Array(bytes), missing: [1, 2] });

Deno.test("what is kept is found by its root, for one transfer at a time", () => {
  const kept = new KeptPieces();
  const one = partial(10);
  kept.keep("r", one);
  assertEquals(kept.roots(), ["r"]);
  const taken = kept.take("r");
  assertEquals([taken?.data === one.data, taken?.missing], [true, [1, 2]]);
  assertEquals(kept.take("r"), undefined);
});

Deno.test("no more is kept than may be, in number, bytes and time; the oldest goes first", () => {
  let now = 0;
  const kept = new KeptPieces({ most: 3, maxBytes: 100, maxAge: 50, now: () => now });
  for (const root of ["a", "b", "c", "d"]) kept.keep(root, partial(20));
  assertEquals(kept.roots(), ["b", "c", "d"]);
  kept.keep("e", partial(70));
  assertEquals(kept.roots(), ["d", "e"]);
  kept.keep("f", partial(101));
  assertEquals(kept.roots(), ["d", "e"]);
  now = 40;
  kept.keep("d", partial(20));
  now = 60;
  assertEquals(kept.roots(), ["d"]);
});
