/**
 * The choice of the graphics adapter, and the device on it with all that the adapter offers.
 *
 * @module
 */

import { UserError } from "../../../core/errors.ts";
import type { AdapterKind } from "../../engines/engine.ts";

/** What can be asked of an adapter beyond the defaults; tensors and workgroups are as large as it allows. */
const limits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

const features: readonly GPUFeatureName[] = ["timestamp-query"];

/** Rasterisers on the processor, in case that an adapter does not say that it is one. */
const softwareNames = /llvmpipe|swiftshader|software|basic render/i;

const drivers =
  "install the Vulkan driver of the card's vendor (on Debian nvidia-driver for NVIDIA, mesa-vulkan-drivers for AMD and " +
  "Intel)";

const whatIsMissing = "deno task gpu-check --out DIR --parts adapter says what of loader and driver is missing";

/** Whether the adapter is emulated on the processor. */
function isSoftware({ isFallbackAdapter, description }: GPUAdapterInfo): boolean {
  return isFallbackAdapter || softwareNames.test(description);
}

/**
 * Checks the adapter that was found.
 *
 * @throws {UserError} if there is none, or one of the wrong kind.
 */
export function requireAdapter<A extends { readonly info: GPUAdapterInfo }>(found: A | null, kind: AdapterKind): A {
  if (kind === "software" && !(found && isSoftware(found.info))) {
    throw new UserError(
      "starting the engine webgpu: there is no software graphics adapter; install one (on Debian mesa-vulkan-drivers); " +
        whatIsMissing,
      { where: "adapter", value: kind },
    );
  }
  if (!found) {
    throw new UserError(`starting the engine webgpu: there is no graphics adapter; ${drivers}; ${whatIsMissing}`, {
      where: "adapter",
      value: kind,
    });
  }
  if (kind === "hardware" && isSoftware(found.info)) {
    throw new UserError(
      "starting the engine webgpu: there is only an adapter that the processor emulates, which is slow and must be " +
        `asked for with the adapter "software"; for a graphics card, ${drivers}`,
      { where: "adapter", value: found.info.description },
    );
  }
  return found;
}

/**
 * What Deno's WebGPU finds in the environment when it looks for adapters, unless it is there already. Vulkan's loader
 * looks for displays, and complains on standard error where a service has no XDG_RUNTIME_DIR. Without the second, Deno
 * takes OpenGL where there is no Vulkan: an adapter of the same name, on which the engine's test did not come to its end
 * (seen with Deno 2.9.6 and Mesa 22.3), while the loader that is missing is not told of.
 */
const surroundings = { XDG_RUNTIME_DIR: "/tmp", DENO_WEBGPU_BACKEND: "vulkan,metal,dx12" } as const;

async function withSurroundings<T>(work: () => T | Promise<T>): Promise<T> {
  const missing = Object.entries(surroundings).filter(([name]) => !Deno.env.has(name));
  for (const [name, value] of missing) Deno.env.set(name, value);
  try {
    return await work();
  } finally {
    for (const [name] of missing) Deno.env.delete(name);
  }
}

/**
 * The device of the best adapter of a kind.
 *
 * @param more features that the device is to have where the adapter offers them
 * @throws {UserError} if there is none.
 */
export async function openDevice(
  kind: AdapterKind,
  more: readonly GPUFeatureName[] = [],
): Promise<{ device: GPUDevice; detail: string; info: GPUAdapterInfo }> {
  const found = await withSurroundings(() =>
    navigator.gpu?.requestAdapter({ powerPreference: "high-performance", forceFallbackAdapter: kind === "software" })
  );
  const adapter = requireAdapter(found ?? null, kind);
  const device = await adapter.requestDevice({
    requiredFeatures: [...features, ...more].filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
  });
  const { description, vendor, architecture } = adapter.info;
  const name = description || [vendor, architecture].filter((part) => part).join(" ") || "unnamed adapter";
  return { device, detail: `${name}, float32`, info: adapter.info };
}
