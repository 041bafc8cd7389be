import { assert, assertEquals, assertMatch } from "@std/assert";
import { METRICS } from "../../../src/telemetry/metrics/metrics.ts";
import { Tally } from "../../../src/telemetry/metrics/tally.ts";
import { wholeSource } from "./_source.ts";

Deno.test("names and labels follow Prometheus' conventions, and are told once", () => {
  assertEquals(new Set(METRICS.map(({ name }) => name)).size, METRICS.length);
  for (const { name, kind, help, labels = [] } of METRICS) {
    assertMatch(name, /^(syncytium|process)(_[a-z]+)+$/);
    assertEquals(name.endsWith("_total"), kind === "counter", name);
    assert(!/milli|minute|percent|kilo|mega/.test(name), `${name} is in a base unit`);
    assertMatch(help, /^[A-Z0-9].*[^.]$/, name);
    for (const label of labels) assertMatch(label, /^[a-z]+(_[a-z]+)*$/, name);
  }
});

Deno.test("a peer that has done everything has a value of every metric, with a value for each label", () => {
  const source = wholeSource();
  for (const { name, labels = [], samples } of METRICS) {
    const told = samples(source);
    assert(told.length > 0, `${name} has a value`);
    for (const sample of told) assertEquals(sample.labels.length, labels.length, name);
    assertEquals(new Set(told.map((sample) => sample.labels.join("\n"))).size, told.length, name);
  }
});

Deno.test("a peer that has just begun tells what it knows, and nothing that it does not", () => {
  const { process } = wholeSource();
  const source = { site: "north", tally: new Tally(), process, disk: { checkpoints: new Map() } };
  const told = METRICS.filter(({ samples }) => samples(source).length > 0).map(({ name }) => name);
  assertEquals(told, [
    "syncytium_build_info",
    "syncytium_warnings_total",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_start_time_seconds",
    "syncytium_phase",
    "syncytium_finished",
    "syncytium_members_missing",
    "syncytium_splits_total",
    "syncytium_refusals_total",
    "syncytium_round_averagings_total",
    "syncytium_exchange_failures_total",
  ]);
});

/** The values of a metric, by its labels joined by commas. */
function valuesOf(name: string): Record<string, number> {
  const { samples } = METRICS.find((metric) => metric.name === name)!;
  return Object.fromEntries(samples(wholeSource()).map(({ labels, value }) => [labels.join(), value]));
}

Deno.test("values are in base units, by member, kind and structure", () => {
  const shown = (name: string) => valuesOf(`syncytium_${name}`);
  assertEquals(shown("members"), { direct: 1, relay: 1, none: 1 });
  assertEquals(shown("member_connected"), { 'so"uth': 1, "…xxxxeast": 1, "…xxxxwest": 0 });
  assertEquals(shown("member_seen_timestamp_seconds"), { 'so"uth': 1767312001.5, "…xxxxeast": 1767312002 });
  assertEquals(shown("exchanges_total"), { 'so"uth,here': 1, 'so"uth,there': 1 });
  assertEquals(shown("exchange_duration_seconds_total"), { 'so"uth': 0.75 });
  assertEquals(shown("exchange_timestamp_seconds"), { 'so"uth': 1767312007 });
  assertEquals(shown("dice_ratio"), { "pretrained,spleen": 0.75, "pretrained,liver": 0.25 });
  assertEquals(shown("traffic_bytes_total")["embeddings,received"], 20);
  assertEquals([shown("refusals_total").settings, shown("refusals_total").charter], [1, 0]);
  assertEquals(shown("exchange_failures_total"), { timeout: 1, closed: 0, refused: 0, malformed: 0, other: 0 });
  assertEquals(shown("privacy_epsilon_left"), { "": 2 });
  assertEquals([shown("weights_epsilon_spent"), shown("weights_epsilon_limit")], [{ "": 2 }, { "": 4 }]);
  assertEquals(shown("steps_total"), { pretraining: 3 });
  assertEquals(shown("phase"), { check: 0, prepare: 0, pretrain: 1, pretrained: 0, scratch: 0, predict: 0 });
});
