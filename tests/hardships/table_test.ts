/** The table of the runs that hardships befell. */
import { assertEquals, assertMatch } from "@std/assert";
import { type HardshipResult, isHardshipResult, isOf } from "../../scripts/hardships/_study.ts";
import { renderHardships } from "../../scripts/hardships/_table.ts";

Deno.test("the page says how many runs were lost of how many, and what was lost of them", () => {
  const site = { code: 0, lives: 2, faults: [], dice: 0.5, shared: 5 };
  const run = (seed: number, rest: Partial<HardshipResult> = {}): HardshipResult => ({
    ...{ seed, hardship: "kills", lasting: 10, rounds: 10, befell: "3 kills", faults: [], sites: [site, site] },
    ...{ engine: "wasm", seconds: 60, endedAt: "2030-01-01T00:00:00Z" },
    ...rest,
  });
  const torn = { ...site, code: 1, faults: ["curves.csv ends in a torn line"] };
  const results = [run(1), run(2, { sites: [site, torn] }), run(1, { hardship: "cut", lasting: 45, befell: "45 s" })];
  assertEquals(results.every(isHardshipResult), true);
  assertEquals(results.map((result) => isOf(result, { hardship: "kills", seed: 2, seconds: 10 })), [
    false,
    true,
    false,
  ]);
  const page = renderHardships(results, { command: "c", version: { syncytium: "0", deno: "0" } });
  assertMatch(page, /^# 1 of 3 runs lost\n/);
  assertMatch(page, /\n- kills, seed 2, site-2: curves.csv ends in a torn line\n/);
  const [cut, kills] = page.split("\n").filter((line) => line.startsWith("| ")).slice(2).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  assertEquals(cut.slice(1, 5), ["45 s", "0 of 1", "2 of 2", "4"]);
  assertEquals(kills.slice(1), ["3 kills, 3 kills", "1 of 2", "3 of 4", "8", "10, 10", "50 %", "0.500 ± 0.000"]);
});
