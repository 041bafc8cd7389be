import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parser } from "@prometheus-io/lezer-promql";
import { expose } from "../../../src/telemetry/metrics/expose.ts";
import { METRICS } from "../../../src/telemetry/metrics/metrics.ts";
import { Tally } from "../../../src/telemetry/metrics/tally.ts";
import { hasPromtool } from "../../_promtool.ts";
import { wholeSource } from "./_source.ts";

/** A sample's line: a selector, which PromQL's own grammar reads, and a number. */
const SAMPLE = /^([a-z_]+(?:\{.*\})?) (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

function errorsIn(expression: string): string[] {
  const errors: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) errors.push(`${expression} at ${from} to ${to}`);
    },
  });
  return errors;
}

Deno.test("the text is what Prometheus reads: help and type before the values of a metric, names and labels quoted", async () => {
  const { contentType, text } = await expose(wholeSource());
  assertMatch(contentType, /^text\/plain; version=0\.0\.4/);
  assert(text.endsWith("\n"));
  let current = "";
  const described: string[] = [];
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, word, name] = line.match(/^# (HELP|TYPE) (\S+) /) ?? [];
    if (word === "HELP") described.push(current = name);
    else if (word === "TYPE") {
      const { kind } = METRICS.find((metric) => metric.name === name)!;
      assertEquals([name, line], [current, `# TYPE ${name} ${kind}`]);
    } else {
      const [, selector] = line.match(SAMPLE) ?? [];
      assert(selector, line);
      assertEquals([selector.split("{")[0], errorsIn(selector)], [current, []]);
    }
  }
  assertEquals(described, METRICS.map(({ name }) => name));
  assertStringIncludes(text, 'syncytium_exchanges_total{member="so\\"uth",initiator="here"} 1\n');
});

Deno.test("what a peer knows nothing of is not told, not even as 0", async () => {
  const { process } = wholeSource();
  const { text } = await expose({ site: "north", tally: new Tally(), process, disk: { checkpoints: new Map() } });
  assert(!text.includes("syncytium_privacy"), text);
  assertStringIncludes(text, "syncytium_splits_total 0\n");
});

Deno.test({
  name: `promtool finds nothing to say of it${hasPromtool ? "" : ": no promtool here"}`,
  ignore: !hasPromtool,
  async fn() {
    const { text } = await expose(wholeSource());
    const child = new Deno.Command("promtool", { args: ["check", "metrics"], stdin: "piped", stderr: "piped" }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { code, stderr } = await child.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
});

Deno.test("metrics of others follow those of the peer, as they are", async () => {
  const { Gauge, Registry } = (await import("prom-client")).default;
  const more = new Registry();
  new Gauge({ name: "libp2p_connections", help: "Open ones", registers: [more] }).set(2);
  const [{ text: own }, { text }] = [await expose(wholeSource()), await expose(wholeSource(), more)];
  const theirs = "# HELP libp2p_connections Open ones\n# TYPE libp2p_connections gauge\nlibp2p_connections 2\n";
  assertEquals(text, `${own}\n${theirs}`);
});
