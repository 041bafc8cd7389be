/** Lies by name, and the page of the study in which one member tells them. */
import { assertEquals, assertMatch } from "@std/assert";
import { isLieResult, LIE_BUDGET, lieConditions, type LieResult } from "../../scripts/byzantine/_lie_study.ts";
import { renderLies } from "../../scripts/byzantine/_lie_table.ts";
import { LIES, together } from "../../scripts/byzantine/_lies.ts";

Deno.test("of several lies each tells what those before it leave open", () => {
  const { says, mass, release, vector } = together(["far-round", "heavy", "equal-features"]);
  assertEquals([says(1, 5), mass], [1e9, 1e9]);
  assertEquals([vector, release], [LIES["far-round"].vector, LIES["equal-features"].release]);
  assertEquals(together(["sign-flip", "heavy"]).vector!(Float32Array.of(1), undefined as never), Float32Array.of(-1));
});

Deno.test("the page pairs each lie's Dice with the undisturbed run's, by site and seed, and counts what did not end well", () => {
  const more = { named: 0, paused: false, rank: 20 };
  const result = (doing: LieResult["doing"], dices: readonly (number | null)[]): LieResult => ({
    ...{ seed: 1, seconds: 60, endedAt: "2030-01-01T00:00:00Z", engine: "wasm", doing },
    sites: dices.map((dice) => ({
      ...more,
      ...{ dice, code: dice === null ? 1 : 0, rounds: LIE_BUDGET.rounds },
      ...(doing === "heavy" && { named: 3, paused: true }),
    })),
  });
  const results = [
    result("absent", [0.49, 0.61, 0.7]),
    result("absent-again", [0.51, 0.59, 0.7]),
    result("heavy", [0.49, 0.59, 0.69]),
    result("sign-flip", [0.45, 0.6, 0.74]),
    result("busy", [0.5, null, 0.7]),
  ];
  assertEquals(results.every(isLieResult), true);
  const page = renderLies(results, { command: "c", version: { syncytium: "0", deno: "0" }, budget: LIE_BUDGET });
  const [again, heavy, flip, busy] = ["it is away, in", "heavy: it", "sign-flip: it", "busy: it"].map((title) =>
    page.split("\n").find((line) => line.includes(title))!.split("|").slice(2, -1).map((cell) => cell.trim())
  );
  assertEquals(again.slice(1, 3), ["±0.000 ± 0.020", "0.012"]);
  assertEquals(heavy.slice(1), ["−0.010 ± 0.000", "0", "yes", "20", "3 of 3", "3 of 3", "3 of 3"]);
  assertEquals(flip.slice(1, 4), ["−0.003 ± 0.045", "0.026", "no"]);
  assertEquals(busy.slice(3), ["no", "20", "2 of 3", "0 of 3", "0 of 3"]);
  assertMatch(page, /it is away/);
  assertEquals(lieConditions.length, 3 + Object.keys(LIES).length);
});
