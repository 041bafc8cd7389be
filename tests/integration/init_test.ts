/** A new site from nothing, each step a process as an administrator runs it: init, charter, doctor, node. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { WatchedPeer, withDirectory } from "./_consortium.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Runs a task with the permissions it has, from `directory`. */
async function task(directory: string, name: keyof typeof deno.tasks, ...args: string[]) {
  const [, , ...command] = deno.tasks[name].command.split(" ");
  const script = command.pop()!;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    ...{ cwd: directory, stdin: "null", env: { NO_COLOR: "1" } },
    args: ["run", "--quiet", `--config=${join(ROOT, "deno.json")}`, ...command, join(ROOT, script), ...args],
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, out, error };
}

/** What the consortium agreed on: small enough for a test. */
const AGREED = {
  name: "founder",
  data: { directory: "data", spacing: [4, 4, 4] },
  network: { baseFilters: 4, levels: 3, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
  schedule: { rounds: 3, stepsPerRound: 2, exchanges: 1 },
  pretrain: { volumes: 2 },
  mesh: { charter: "charter.json" },
};

Deno.test("init writes a site that doctor finds ready, with warnings, and that node runs as it is", () =>
  withDirectory(async (directory) => {
    await writePhantomCohort(join(directory, "data"), { seed: 1, sites: 1, casesPerSite: 6 });
    await Deno.writeTextFile(join(directory, "agreed.json"), JSON.stringify(AGREED));
    const flags =
      "--site site --data data --consortium heart --dial /ip4/127.0.0.1/tcp/1 --port 0 --privacy weights-only";
    const short = await task(directory, "init", ...flags.split(" "));
    assertEquals([short.code, short.out], [2, ""]);
    assertStringIncludes(
      short.error,
      "error: without a terminal to ask on, these flags are needed: --name; usage: init ",
    );
    const made = await task(directory, "init", ...flags.split(" "), "--name", "hospital-a");
    assertEquals([made.code, made.error], [0, ""]);
    assertStringIncludes(made.out, "site/site.jsonc: hospital-a, 12D3");
    assertStringIncludes(made.out, "6 cases, 6 labelled");

    const doctor = async () => {
      const { code, out, error } = await task(directory, "doctor", "--config", "site/site.jsonc", "--json");
      assertEquals(error, "");
      const { findings, readiness }: { findings: Finding[]; readiness: string } = JSON.parse(out);
      return { code, readiness, findings };
    };
    const early = await doctor();
    assertEquals([early.code, early.readiness], [1, "not ready"]);
    assertStringIncludes(early.findings[0].says, "the charter must be there");
    const create =
      "create site/hospital-a.join.json --config agreed.json --threshold 1 --state site/state --out site/charter.json";
    assertEquals((await task(directory, "charter", ...create.split(" "))).error, "");
    const { code, readiness, findings } = await doctor();
    assertEquals(findings.filter(({ level }) => level === "fault"), []);
    assertEquals([code, readiness], [4, "warnings"]);
    assert(findings.some(({ check, level }) => check === "membership" && level === "ok"));
    assert(findings.every(({ level, remedy }) => (remedy !== undefined) === (level === "warning")));

    const site = { name: "hospital-a", peerId: "", directory, configuration: join(directory, "site/site.jsonc") };
    const peer = new WatchedPeer(site);
    const { cases } = await peer.event("started");
    assert(cases.training > 0);
    const beside = await doctor();
    assertEquals(beside.findings.filter(({ level }) => level === "fault"), []);
    assert(beside.findings.some(({ says }) => says.startsWith("this site's peer runs: process ")));
    peer.signal("SIGINT");
    assertEquals((await peer.end()).code, 130);
  }));
