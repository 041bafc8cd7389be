/**
 * Looks at the card in a process of its own, which a driver may take down: Vulkan, WebGPU's adapter, its 16-bit floats,
 * and the engine. Prints an `AdapterEvent` a line as JSON; its only argument is the kind of adapter.
 *
 * @module
 */
import { messageOf } from "../../src/core/errors.ts";
import { type AdapterKind, type EngineInfo, startEngine } from "../../src/engine/engine.ts";
import { openDevice } from "../../src/engine/kernels/webgpu/adapter.ts";
import { endWithParent } from "../../src/studies/process.ts";
import { type Float16, tryFloat16 } from "../../src/engine/kernels/webgpu/float16.ts";
import { findDriverFiles } from "./vulkan/driver_files.ts";
import type { Facts } from "./vulkan/diagnose.ts";
import { askVulkan } from "./vulkan/vulkan.ts";

/** What was found, in this order; what comes after a fault is absent. */
export type AdapterEvent =
  | { readonly kind: "machine"; readonly facts: Facts }
  | { readonly kind: "card"; readonly card: string; readonly limits: Readonly<Record<string, number>> }
  | { readonly kind: "float16"; readonly float16: Float16 }
  | { readonly kind: "engine"; readonly engine: EngineInfo }
  | { readonly kind: "fault"; readonly says: string };

/** What is worth knowing of a card's limits. */
const LIMITS = [
  ...["maxBufferSize", "maxStorageBufferBindingSize", "maxComputeWorkgroupStorageSize"],
  ...["maxComputeInvocationsPerWorkgroup", "maxComputeWorkgroupsPerDimension"],
] as const satisfies (keyof GPUSupportedLimits)[];

function tell(event: AdapterEvent): void {
  console.log(JSON.stringify(event));
}

async function factsOf(): Promise<Facts> {
  const nodes = [
    "/dev/nvidia0",
    "/dev/nvidiactl",
    "/dev/kfd",
    "/dev/dri/renderD128",
    "/dev/dri/renderD129",
    "/dev/dxg",
  ];
  const there = await Promise.all(nodes.map((node) => Deno.stat(node).then(() => [node], () => [])));
  const nvidia = await Deno.readTextFile("/proc/driver/nvidia/version").then((text) => text.split("\n")[0], () => "");
  const drivers = await findDriverFiles();
  return { vulkan: askVulkan(), drivers, nodes: there.flat(), ...(nvidia && { nvidia }) };
}

endWithParent();
try {
  const adapter = JSON.parse(Deno.args[0]) as AdapterKind;
  if (Deno.build.os === "linux") tell({ kind: "machine", facts: await factsOf() });
  const { device, detail } = await openDevice(adapter, ["shader-f16"]);
  const limits = Object.fromEntries(LIMITS.map((name) => [name, device.limits[name]]));
  tell({ kind: "card", card: detail, limits });
  tell({ kind: "float16", float16: await tryFloat16(device) });
  device.destroy();
  tell({ kind: "engine", engine: await startEngine({ engine: "webgpu", adapter }) });
} catch (error) {
  tell({ kind: "fault", says: messageOf(error) });
}
Deno.exit(0); // a thread of a driver may not survive an ordinary end
