/**
 * The card, its driver and its loader: what is there, and what is missing with the remedy.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { messageOf } from "../../../src/core/errors.ts";
import { launch } from "../../../src/studies/process.ts";
import type { AdapterEvent } from "../adapter_process.ts";
import type { Context, Finding, Part } from "../part.ts";
import { Silence } from "../silence.ts";
import { diagnose, type Facts } from "../vulkan/diagnose.ts";

const PROCESS = fromFileUrl(new URL("../adapter_process.ts", import.meta.url));

/** What the process of `adapter_process.ts` tells. */
export async function* lookAtCard({ options, signal }: Pick<Context, "options" | "signal">) {
  using silence = new Silence(options.silence, signal);
  const lines = launch(PROCESS, options.adapter, {
    permissions: ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"],
    doing: "looking at the card: the driver must not take the process down; install the vendor's current driver",
    where: options.adapter,
    signal: silence.signal,
  });
  for await (const line of silence.over(lines)) yield JSON.parse(line) as AdapterEvent;
}

/** What is there of Vulkan, and what is not. */
function machineFindings(facts: Facts, kind: Context["options"]["adapter"]): Finding[] {
  const { vulkan, drivers, nvidia } = facts;
  const missing = diagnose(facts, kind);
  if ("missing" in vulkan) return [{ item: "loader", state: "failed", says: missing.join("; ") }];
  return [
    { item: "loader", state: "passed", says: `Vulkan ${vulkan.version}${nvidia ? `; ${nvidia}` : ""}` },
    {
      item: "driver",
      state: missing.length > 0 ? "failed" : "passed",
      says: missing.join("; ") || drivers.files.filter(({ fault }) => !fault).map(({ path }) => path).join(", "),
      columns: ["device", "driver", "Vulkan"],
      rows: vulkan.devices.map(({ name, driver, version }) => [name, driver, version]),
    },
  ];
}

function findingsOf(event: AdapterEvent, kind: Context["options"]["adapter"]): Finding[] {
  switch (event.kind) {
    case "machine":
      return machineFindings(event.facts, kind);
    case "card": {
      const rows = Object.entries(event.limits).map(([name, value]) => [name, value]);
      return [{ item: "card", state: "passed", says: event.card, columns: ["limit", "value"], rows }];
    }
    case "float16": {
      const { float16 } = event;
      const says = float16.is === "absent"
        ? "the adapter offers no 16-bit floats (shader-f16); float32 works without them"
        : float16.is === "right"
        ? "offered (shader-f16), and right"
        : `the driver offers 16-bit floats (shader-f16) and computes wrongly with them (${float16.why}); float32, which ` +
          "the engine uses, does without them; for activations in float16, install the vendor's current driver";
      return [{ item: "float16", state: float16.is === "wrong" ? "failed" : "passed", says }];
    }
    case "engine":
      return [{
        item: "engine",
        state: "passed",
        says: `webgpu starts and passes its self-test, ${event.engine.gflops.toFixed(0)} GFLOP/s at its start`,
      }];
    case "fault":
      return [{ item: "engine", state: "failed", says: event.says }];
  }
}

/** The part. */
export const adapterPart: Part = {
  name: "adapter",
  title: "Card, driver, loader",
  note: "What the webgpu engine finds on this machine, and what is missing.",
  async run(context) {
    const { options } = context;
    try {
      for await (const event of lookAtCard(context)) {
        for (const finding of findingsOf(event, options.adapter)) await context.add(finding);
      }
    } catch (error) {
      if (context.signal.aborted) throw error;
      await context.add({ item: "engine", state: "failed", says: messageOf(error) });
    }
  },
};
