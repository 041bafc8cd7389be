/** The examples for Grafana and Prometheus ask for what a peer tells, in words that Prometheus understands. */
import { assert, assertEquals } from "@std/assert";
import { parse as parseYaml } from "@std/yaml/parse";
import { parser } from "@prometheus-io/lezer-promql";
import { fromFileUrl } from "@std/path";
import { METRICS } from "../../src/telemetry/metrics/metrics.ts";
import { hasPromtool } from "../_promtool.ts";

const read = (name: string) => Deno.readTextFile(new URL(`../../peers/service/${name}`, import.meta.url));

/** What Prometheus tells of each target itself. */
const ITS_OWN = "up";

interface Selector {
  metric: string;
  labels: string[];
}

/** The selectors of an expression. @throws {Error} if it is none. */
function selectorsIn(expression: string): Selector[] {
  const selectors: Selector[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`${expression}: no PromQL at ${from}`);
      if (type.name === "VectorSelector") selectors.push({ metric: "", labels: [] });
      // first comes a selector's name, then its labels
      if (type.name === "Identifier" && selectors.at(-1)?.metric === "") selectors.at(-1)!.metric = text;
      if (type.name === "LabelName" && selectors.length > 0) selectors.at(-1)!.labels.push(text);
    },
  });
  return selectors;
}

/** Holds that every metric is there, and has the labels that it is asked by; `target` are Prometheus' own labels. */
function checkExpression(expression: string, target: readonly string[]): void {
  const selectors = selectorsIn(expression);
  assert(selectors.length > 0, expression);
  for (const { metric, labels } of selectors) {
    const known = METRICS.find(({ name }) => name === metric);
    assert(known || metric === ITS_OWN, `${expression}: no peer tells ${metric}`);
    const had: readonly string[] = [...known?.labels ?? [], ...target];
    assertEquals(labels.filter((label) => !had.includes(label)), [], expression);
  }
}

interface Panel {
  id: number;
  title: string;
  type: string;
  targets?: { expr: string; legendFormat: string }[];
}

Deno.test("every query of the Grafana board is PromQL over metrics that a peer tells, by labels that they have", async () => {
  const { panels, templating }: { panels: Panel[]; templating: { list: { name: string; query: string }[] } } = JSON
    .parse(await read("grafana.json"));
  const queries = panels.flatMap(({ targets = [] }) => targets);
  assert(queries.length > 20);
  for (const { expr, legendFormat } of queries) {
    checkExpression(expr.replaceAll("$instance", ".*"), ["instance", "job"]);
    const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    const labels = selectorsIn(expr).flatMap(({ metric }) => METRICS.find(({ name }) => name === metric)?.labels ?? []);
    assertEquals(legend.filter((label) => label !== "instance" && !labels.includes(label)), [], expr);
  }
  const [, metric] = templating.list.find(({ name }) => name === "instance")!.query.match(/label_values\((\w+),/)!;
  assert(METRICS.some(({ name }) => name === metric), metric);
  assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
});

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}

Deno.test("so is every rule of the alerts, and none is there twice", async () => {
  const { groups } = parseYaml(await read("alerts.yml")) as Rules;
  const rules = groups.flatMap(({ rules }) => rules);
  for (const { expr } of rules) checkExpression(expr, ["instance", "job"]);
  const names = rules.map(({ alert }) => alert);
  assertEquals([...new Set(names)], names);
  for (const about of ["PeerDown", "NoAveraging", "BudgetNearlySpent", "DiskNearlyFull"]) {
    assert(names.includes(`Syncytium${about}`), about);
  }
  assert(rules.every(({ annotations }) => annotations.summary.length > 0));
});

Deno.test({
  name: `promtool sees the alerts when there is a reason, and only then${hasPromtool ? "" : ": no promtool here"}`,
  ignore: !hasPromtool,
  async fn() {
    const series = fromFileUrl(new URL("./fixtures/alerts.yml", import.meta.url));
    const { code, stdout } = await new Deno.Command("promtool", { args: ["test", "rules", series] }).output();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
  },
});
