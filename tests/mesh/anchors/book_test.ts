import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { AnchorBook, MAX_SITES, readAnchorFile } from "../../../src/mesh/anchors/book.ts";
import { withDirectory } from "../../peer/_site.ts";
import { headOf } from "./_sites.ts";

const signed = (records: number, sequence: number) => ({
  ...headOf(records),
  epoch: 1,
  sequence,
  signature: "x".repeat(88),
});

Deno.test("what is heard of many sites is bounded: those heard longest ago go first", () =>
  withDirectory(async (directory) => {
    const book = new AnchorBook(join(directory, "anchors.json"), "test");
    for (let i = 0; i < MAX_SITES; i++) book.take(`site ${i}`, signed(1, 1), i);
    book.take("site 0", signed(2, 2), MAX_SITES);
    book.take("another", signed(1, 1), MAX_SITES);
    assertEquals([book.get("site 1"), book.get("site 0")?.latest.heard], [undefined, MAX_SITES]);
    await book.flush();
    assertEquals(Object.keys((await readAnchorFile(join(directory, "anchors.json"))).peers).length, MAX_SITES);
  }));

for (
  const [what, text, told] of [
    ["is no JSON", "{", /must be JSON/],
    ["holds a negative number", '{"version":1,"consortium":"test","peers":{"a":-1}}', /Expected Object/],
    ["is of another consortium", '{"version":1,"consortium":"other","peers":{}}', /of the consortium "other"/],
  ] as const
) {
  Deno.test(`a file that ${what} is set aside with a warning`, () =>
    withDirectory(async (directory) => {
      const path = join(directory, "anchors.json");
      await Deno.writeTextFile(path, text);
      const warnings: string[] = [];
      const book = new AnchorBook(path, "test", { warn: (message) => warnings.push(message) });
      await book.load();
      assertMatch(warnings.join(), told);
      assertMatch(warnings.join(), /is now .*anchors\.json\.aside-\d+; it is gathered anew$/);
      await assertRejects(() => readAnchorFile(path), UserError, "must exist");
    }));
}
