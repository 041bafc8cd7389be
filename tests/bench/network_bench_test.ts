/** `deno task bench network`, with as few processes as there can be. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { meets, type NetworkFigure } from "../../scripts/bench/_network_figures.ts";
import { joinTime, timeToMean } from "../../scripts/bench/_network_measures.ts";
import { renderNetwork } from "../../scripts/bench/_network_report.ts";

Deno.test("processes that join at once are all connected in the end, and the time that it took is a figure", async () => {
  const [{ case: name, value, unit, target }, ...rest] = await joinTime(3);
  assertEquals([name, unit, target, rest], ["3 processes from one address at once", "s", { most: 10 }, []]);
  assert(value > 0);
});

Deno.test("the mean is reached in as many rounds as theory says", async () => {
  const figures = await timeToMean([2]);
  const rounds = figures.filter(({ metric }) => metric === "rounds to the mean");
  assertEquals(rounds.map(({ case: name, value }) => [name, value]), [
    ["2 processes, epidemic", 1],
    ["2 processes, one-peer-exponential", 1],
    ["2 processes, base-k-plus-1", 1],
    ["2 processes, complete", 1],
  ]);
});

Deno.test("a table says which targets were met", () => {
  const base = { case: "c", metric: "m", unit: "s" };
  const figures: NetworkFigure[] = [
    { ...base, value: 9, target: { most: 10 } },
    { ...base, value: 0.4, range: [0.3, 0.5], target: { least: 0.5 } },
    { ...base, value: 3 },
  ];
  assertEquals(figures.map(meets), [true, false, undefined]);
  const text = renderNetwork({ command: "bench", startedAt: "now", machine: [], figures }, { markdown: true });
  for (const part of ["at most 10: met", "at least 0.5: missed", "0.40 (0.30 to 0.50)"]) {
    assert(text.includes(part), part);
  }
});

Deno.test("a part that does not exist is one sentence", async () => {
  const main = fromFileUrl(new URL("../../scripts/bench/main.ts", import.meta.url));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", main, "network", "--parts", "speed"],
    stdin: "null",
  }).output();
  assertEquals(code, 2);
  const known = "throughput, bytes, mean, hivemind, secure, join, blocks";
  const said = new TextDecoder().decode(stderr);
  assert(said.startsWith(`error: the flag --parts must be one of ${known}, got speed; usage: bench network `), said);
  assertEquals(said.split("\n").length, 2);
});
