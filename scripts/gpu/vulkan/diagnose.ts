/**
 * What is missing between this machine and a card that computes: one sentence each, with its remedy.
 *
 * @module
 */
import type { AdapterKind } from "../../../src/engine/engine.ts";
import type { DriverFiles } from "./driver_files.ts";
import { LOADER, type Vulkan } from "./vulkan.ts";

/** What was found on the machine. */
export interface Facts {
  readonly vulkan: Vulkan;
  readonly drivers: DriverFiles;
  /** The first line of /proc/driver/nvidia/version, where NVIDIA's kernel module is loaded. */
  readonly nvidia?: string;
  /** Device files that a card's driver opens, such as /dev/nvidia0 and /dev/dri/renderD128. */
  readonly nodes: readonly string[];
}

/** VK_PHYSICAL_DEVICE_TYPE_CPU. */
const PROCESSOR = 4;

/** What wgpu needs at least of a device (wgpu-hal, vulkan/adapter.rs). */
const OLDEST = [1, 1] as const;

function isTooOld(version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

/** What stands between the machine and an adapter of this kind, the first cause first; empty if nothing does. */
export function diagnose({ vulkan, drivers, nvidia, nodes }: Facts, kind: AdapterKind): string[] {
  if ("missing" in vulkan) {
    return [
      `Vulkan's loader ${LOADER} cannot be opened (${vulkan.missing}); install it (on Debian libvulkan1), or unpack its ` +
      "package anywhere and name the folder of the library in LD_LIBRARY_PATH",
    ];
  }
  const wanted = vulkan.devices.filter(({ type }) => (type === PROCESSOR) === (kind === "software"));
  if (wanted.some(({ version }) => !isTooOld(version))) return [];
  if (wanted.length > 0) {
    const [{ name, version, driver }] = wanted;
    return [
      `the driver of ${name} is too old: it offers Vulkan ${version} (driver ${driver}), which must be ` +
      `${OLDEST.join(".")} or newer; install the vendor's current driver`,
    ];
  }
  const found: string[] = [];
  for (const { path, library, fault } of drivers.files) {
    if (fault !== undefined) {
      found.push(
        `the driver that ${path} names cannot be opened (${library ? `${library}: ` : ""}${fault}); install the ` +
          "package that holds it in the version of the kernel's module, with all that it needs",
      );
    }
  }
  if (drivers.elsewhere.length > 0) {
    const [path] = drivers.elsewhere;
    found.push(
      `a driver's file lies where the loader does not look (${path}); set VK_DRIVER_FILES=${path} before the command`,
    );
  } else if (drivers.files.length === 0) {
    found.push(
      `there is no driver's file (*.json) in ${drivers.places.join(", ")}; install the Vulkan driver of the card's ` +
        "vendor (on Debian nvidia-driver for NVIDIA, mesa-vulkan-drivers for AMD, Intel and the software adapter), or " +
        "name its file in VK_DRIVER_FILES",
    );
  }
  if (kind === "software") {
    if (found.length === 0) {
      found.push("no driver offers a software adapter; install one (on Debian mesa-vulkan-drivers)");
    }
    return found;
  }
  const isNvidia = drivers.files.some(({ path, fault }) => /nvidia/i.test(path) && fault === undefined);
  if (nvidia !== undefined && !isNvidia && drivers.elsewhere.length === 0) {
    found.push(
      `NVIDIA's kernel module is loaded (${nvidia}), but not its Vulkan driver; install it in the same version (on Debian ` +
        "nvidia-vulkan-icd), or start the container with NVIDIA_DRIVER_CAPABILITIES=all, which must hold graphics",
    );
  } else if (nodes.length === 0) {
    found.push(
      "there is no card's device file (/dev/nvidia0, /dev/dri/renderD128), so the kernel shows no card to this " +
        "process; load the card's kernel module, and hand the devices to the container or virtual machine",
    );
  } else if (isNvidia) {
    found.push(
      "NVIDIA's driver can be opened and offers no device to this process; libEGL.so.1 must be installed (on Debian " +
        `libegl1), and the user must be allowed to open ${nodes.join(", ")} (on Debian the groups video and render)`,
    );
  }
  const [emulated] = vulkan.devices;
  if (emulated) {
    found.push(
      `there is only a software adapter (${emulated.name}), which computes on the processor; install the Vulkan driver ` +
        "of the card's vendor, or rehearse with --adapter software --small",
    );
  } else if (found.length === 0) {
    found.push(
      `the drivers that are installed offer no device to this process; the user must be allowed to open ${
        nodes.join(", ")
      } (on Debian the groups video and render)`,
    );
  }
  return found;
}
