/** What lies in the folder of results from before. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { siteToJson } from "../../../src/peer/report/json.ts";
import { checkResults } from "../../../src/peer/state/results.ts";
import { withDirectory } from "../_site.ts";
import { site } from "../report/_sample.ts";

Deno.test("a folder with another site's report is refused, the site's own is gone on with", () =>
  withDirectory(async (outputDirectory) => {
    const warnings: string[] = [];
    const check = (name: string, peerId: string) =>
      checkResults({ name, outputDirectory }, { peerId }, (message) => warnings.push(message));
    await check("north", "12D3KooWnorth");
    await Deno.writeTextFile(join(outputDirectory, "site.json"), siteToJson(site("north")));
    await check("north", "12D3KooWnorth");
    await check("north renamed", "12D3KooWnorth");
    assertEquals(warnings, []);
    await assertRejects(() => check("south", "12D3KooWsouth"), UserError, "it holds the results of north");
    await check("north", "12D3KooWrenewed");
    assertMatch(warnings.join(), /is of north under another peer id, 12D3KooWnorth/);
    await Deno.writeTextFile(join(outputDirectory, "site.json"), "{");
    await check("south", "12D3KooWsouth");
  }));
