import { assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readJoules } from "../../../src/evaluation/running/energy.ts";
import { withFolder } from "../../data/_files.ts";

/** Counters as Linux shows them, in microjoules. */
async function writeCounters(root: string, counters: Record<string, [name: string, energy: string]>) {
  for (const [directory, [name, energy]] of Object.entries(counters)) {
    await Deno.mkdir(join(root, directory));
    await Deno.writeTextFile(join(root, directory, "name"), `${name}\n`);
    await Deno.writeTextFile(join(root, directory, "energy_uj"), `${energy}\n`);
  }
}

Deno.test("the processors' counters are added up, their parts and the whole system's are not", () =>
  withFolder(async (root) => {
    await writeCounters(root, {
      "intel-rapl": ["", "0"],
      "intel-rapl:0": ["package-0", "1500000"],
      "intel-rapl:0:0": ["core", "1000000"],
      "intel-rapl:1": ["package-1", "2000000"],
      "intel-rapl:2": ["psys", "9000000"],
      "intel-rapl-mmio:0": ["package-0", "1500000"],
    });
    assertAlmostEquals((await readJoules(root))!, 3.5);
  }));

Deno.test("without counters, or where they may not be read, there is no figure", () =>
  withFolder(async (root) => {
    assertEquals(await readJoules(join(root, "absent")), null);
    assertEquals(await readJoules(root), null);
    await Deno.mkdir(join(root, "intel-rapl:0"));
    assertEquals(await readJoules(root), null);
  }));
