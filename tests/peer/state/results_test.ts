/** What lies in the folder of results from before. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { siteToJson } from "../../../src/peer/report/json.ts";
import { checkResults, setAsideStale } from "../../../src/peer/state/results.ts";
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

Deno.test("predictions of cases that are not tested now are moved aside, the others stay", () =>
  withDirectory(async (outputDirectory) => {
    const setAside = (methods: readonly ("pretrained" | "scratch")[] = ["pretrained", "scratch"]) =>
      setAsideStale(outputDirectory, { test: ["a", "p/b"], methods });
    assertEquals(await setAside(), []);
    const predictions = join(outputDirectory, "predictions");
    for (const name of ["scratch/a", "scratch/old", "pretrained/p/b", "pretrained/p/old"]) {
      await Deno.mkdir(dirname(join(predictions, name)), { recursive: true });
      await Deno.writeTextFile(join(predictions, `${name}.nii.gz`), name);
    }
    const aside = join(outputDirectory, "before-1");
    assertEquals(await setAside(), [
      `predictions of cases or networks that are not tested now lie in ${aside}: pretrained/p/old.nii.gz, scratch/old.nii.gz`,
    ]);
    assertEquals(await Deno.readTextFile(join(aside, "predictions/scratch/old.nii.gz")), "scratch/old");
    assertEquals(await Deno.readTextFile(join(predictions, "pretrained/p/b.nii.gz")), "pretrained/p/b");
    assertEquals(await setAside(), []);
    await setAside(["pretrained"]);
    assertEquals(await Deno.readTextFile(join(outputDirectory, "before-2/predictions/scratch/a.nii.gz")), "scratch/a");
  }));
