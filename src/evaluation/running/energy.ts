/**
 * Energy from the processor's own counters, where the system shows them (Linux, Intel and AMD: RAPL).
 *
 * @module
 */
import { join } from "@std/path";

const ROOT = "/sys/class/powercap";

/**
 * The processors' counters, in joules; null where there are none or they may not be read. They count for the whole
 * machine, whatever else runs on it, and begin at 0 again now and then.
 */
export async function readJoules(root = ROOT): Promise<number | null> {
  try {
    let joules: number | null = null;
    for await (const { name } of Deno.readDir(root)) {
      if (!/^intel-rapl:\d+$/.test(name)) continue; // what has a second number is a part, and counted in the whole
      if (!(await Deno.readTextFile(join(root, name, "name"))).startsWith("package")) continue; // "psys" holds them all
      joules = (joules ?? 0) + Number(await Deno.readTextFile(join(root, name, "energy_uj"))) / 1e6;
    }
    return joules;
  } catch {
    return null; // none of these is an error: no counter, or none that a user may read
  }
}
