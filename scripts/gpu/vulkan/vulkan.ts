/**
 * Vulkan as its loader shows it: found by the name by which WebGPU finds it, asked by its C interface.
 *
 * @module
 */
import { messageOf } from "../../../src/core/errors.ts";

/** A device that a driver offers. */
export interface VulkanDevice {
  readonly name: string;
  /** VkPhysicalDeviceType: 1 integrated, 2 discrete, 3 virtual, 4 the processor, 0 other. */
  readonly type: number;
  /** The Vulkan version that the driver implements, "1.3.242". */
  readonly version: string;
  /** The driver's own version, as its vendor writes it. */
  readonly driver: string;
}

/** What the loader says, or why there is none. */
export type Vulkan =
  | { readonly version: string; readonly devices: readonly VulkanDevice[] }
  | { readonly missing: string };

/** The loader's name, by which wgpu opens it on Linux. */
export const LOADER = "libvulkan.so.1";

const SYMBOLS = {
  vkEnumerateInstanceVersion: { parameters: ["buffer"], result: "i32" },
  vkCreateInstance: { parameters: ["buffer", "pointer", "buffer"], result: "i32" },
  vkEnumeratePhysicalDevices: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
  vkGetPhysicalDeviceProperties: { parameters: ["pointer", "buffer"], result: "void" },
  vkDestroyInstance: { parameters: ["pointer", "pointer"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO; VkInstanceCreateInfo has 64 bytes, all else 0: no layers, no extensions. */
const INSTANCE_CREATE_INFO = { type: 1, bytes: 64 };

/** VkPhysicalDeviceProperties begins with five numbers and the name of 256 bytes; as a whole it has 824 bytes. */
const PROPERTIES = { bytes: 1024, name: [20, 276] } as const;

/** VK_MAKE_API_VERSION (Vulkan 1.3, section 42.2.1): 3 bits of variant, 7 of major, 10 of minor, 12 of patch. */
export function versionOf(number: number): string {
  return [number >>> 22 & 0x7f, number >>> 12 & 0x3ff, number & 0xfff].join(".");
}

/** NVIDIA's PCI number, and how it packs its drivers' versions: 10, 8, 8 and 6 bits. */
const NVIDIA = 0x10de;

/** A driver's version as its vendor writes it. */
export function driverVersionOf(number: number, vendor: number): string {
  if (vendor !== NVIDIA) return versionOf(number);
  const [major, minor, third] = [number >>> 22, number >>> 14 & 0xff, number >>> 6 & 0xff];
  return [major, String(minor).padStart(2, "0"), ...(third > 0 ? [String(third).padStart(2, "0")] : [])].join(".");
}

/** What a device's VkPhysicalDeviceProperties say. */
export function deviceOf(properties: DataView): VulkanDevice {
  const [version, driver, vendor, , type] = [0, 4, 8, 12, 16].map((at) => properties.getUint32(at, true));
  const [from, to] = PROPERTIES.name;
  const name = new TextDecoder().decode(new Uint8Array(properties.buffer, from, to - from)).split("\0")[0];
  return { name, type, version: versionOf(version), driver: driverVersionOf(driver, vendor) };
}

/** Opens the loader and asks it for its devices. */
export function askVulkan(): Vulkan {
  let library: Deno.DynamicLibrary<typeof SYMBOLS>;
  try {
    library = Deno.dlopen(LOADER, SYMBOLS);
  } catch (error) {
    return { missing: messageOf(error) };
  }
  const { symbols } = library;
  const version = new Uint32Array(1);
  symbols.vkEnumerateInstanceVersion(version);
  const info = new DataView(new ArrayBuffer(INSTANCE_CREATE_INFO.bytes));
  info.setInt32(0, INSTANCE_CREATE_INFO.type, true);
  const handle = new BigUint64Array(1);
  const found = { version: versionOf(version[0]), devices: [] as VulkanDevice[] };
  // VK_ERROR_INCOMPATIBLE_DRIVER, among others: the loader is there and no driver is
  if (symbols.vkCreateInstance(new Uint8Array(info.buffer), null, handle) !== 0) return found;
  const instance = Deno.UnsafePointer.create(handle[0]);
  const count = new Uint32Array(1);
  symbols.vkEnumeratePhysicalDevices(instance, count, null);
  const devices = new BigUint64Array(count[0]);
  symbols.vkEnumeratePhysicalDevices(instance, count, devices);
  for (const device of devices) {
    const properties = new DataView(new ArrayBuffer(PROPERTIES.bytes));
    symbols.vkGetPhysicalDeviceProperties(Deno.UnsafePointer.create(device), new Uint8Array(properties.buffer));
    found.devices.push(deviceOf(properties));
  }
  symbols.vkDestroyInstance(instance, null);
  return found; // the library stays open: drivers that are unloaded take their threads' code with them
}
