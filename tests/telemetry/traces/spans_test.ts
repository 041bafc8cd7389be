import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

import { isTraced } from "../../../src/telemetry/traces/spans.ts";

const PROGRAM = fromFileUrl(new URL("./_traced.ts", import.meta.url));

interface OtlpValue {
  stringValue?: string;
  doubleValue?: number;
  intValue?: string;
}

interface OtlpSpan {
  name: string;
  spanId: string;
  parentSpanId: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: OtlpValue }[];
  events: { name: string }[];
}

interface OtlpTraces {
  resourceSpans: { scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[] }[];
}

/** Runs the program, and returns the spans and the number of calls that a receiver of OTLP/HTTP got. */
async function received(environment: Record<string, string>): Promise<{ calls: number; spans: OtlpSpan[] }> {
  const bodies: { path: string; text: string }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    bodies.push({ path: new URL(request.url).pathname, text: await request.text() });
    return Response.json({});
  });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`, ...environment };
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", "--allow-env", "--allow-read", PROGRAM],
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", ...env },
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  await server.shutdown();
  const traces = bodies.filter(({ path }) => path === "/v1/traces").map(({ text }): OtlpTraces => JSON.parse(text));
  const scopes = traces.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans));
  return {
    calls: bodies.length,
    spans: scopes.filter(({ scope }) => scope.name === "syncytium").flatMap(({ spans }) => spans),
  };
}

/** Seconds since the program's beginning. */
const seconds = (nanoseconds: string) => Math.round((Number(nanoseconds) / 1e6 - Date.UTC(2026, 0, 2)) / 100) / 10;
const attributesOf = ({ attributes }: OtlpSpan) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key.replace("syncytium.", ""),
      value.stringValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );

Deno.test("where Deno exports, rounds, exchanges in them, and steps in blocks arrive as spans", async () => {
  const { spans } = await received({ OTEL_DENO: "true" });
  const told = spans.map((span) => [span.name, seconds(span.startTimeUnixNano), seconds(span.endTimeUnixNano)])
    .toSorted(([, , one], [, , other]) => Number(one) - Number(other));
  assertEquals(told, [
    ["prepare", 1, 3],
    ["exchange", 11.5, 12],
    ["round", 3, 14],
    ["exchange", 21.5, 22],
    ["round", 14, 24],
    ["steps", 24, 130],
    ["steps", 130, 300],
  ]);
  const [first] = spans.filter(({ name }) => name === "round");
  assertEquals(attributesOf(first), {
    ...{ site: "north", training: "pretraining", round: 1, step: 2, loss: 2, round_loss: 1.5, partners: 1 },
  });
  assertEquals(first.events.map(({ name }) => name), ["exchange failed"]);
  const [exchange] = spans.filter(({ name }) => name === "exchange");
  assertEquals(exchange.parentSpanId, first.spanId);
  assertEquals(attributesOf(exchange), { member: "south", initiator: "here", bytes: 100 });
  assert(spans.filter(({ name }) => name === "steps").every((span) => attributesOf(span).training === "scratch"));
});

Deno.test("what Deno exports by is what turns spans on", () => {
  const isOn = (value?: string) => isTraced({ get: (name) => name === "OTEL_DENO" ? value : "true" });
  assertEquals([isOn(), isOn("false"), isOn("0"), isOn("true"), isOn("1")], [false, false, false, true, true]);
});

Deno.test("unless it is told to, a peer sends nothing to anybody", async () => {
  assertEquals(await received({}), { calls: 0, spans: [] });
});
