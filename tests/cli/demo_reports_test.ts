/** What a demo makes of peers that ended, by themselves or not. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { collectReports } from "../../src/cli/_demo_reports.ts";
import { EXIT } from "../../src/cli/command.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import { site } from "../peer/report/_sample.ts";

Deno.test("a peer that ends well before its report is there was interrupted, as one that says so was", async () => {
  const top = await Deno.makeTempDir();
  const sites = await Promise.all(["north", "south", "east", "west"].map(async (name) => {
    const directory = join(top, name);
    await Deno.mkdir(join(directory, "results"), { recursive: true });
    await Deno.writeTextFile(join(directory, "log.txt"), "first\nlast\n");
    return { name, peerId: name, directory, configuration: "" };
  }));
  await Deno.writeTextFile(join(top, "north", "results", "site.json"), siteToJson(site("north")));
  const codes = [0, 0, EXIT.interrupted, 1];
  const peers = sites.map(({ directory }, i) => ({
    status: Promise.resolve(codes[i]),
    log: join(directory, "log.txt"),
  }));
  const { reports, missing } = await collectReports(sites, peers);
  assertEquals(reports.map(({ name }) => name), ["north"]);
  assertEquals(missing.map(({ name, code, reason }) => [name, code, reason]), [
    ["south", EXIT.interrupted, `exit code ${EXIT.interrupted}: last`],
    ["east", EXIT.interrupted, `exit code ${EXIT.interrupted}: last`],
    ["west", 1, "exit code 1: last"],
  ]);
  await Deno.remove(top, { recursive: true });
});
