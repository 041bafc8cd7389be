import { assertEquals } from "@std/assert";
import { RepeatedWarnings } from "../../src/mesh/repeated_warnings.ts";

function collected() {
  const told: string[] = [];
  const warnings = new RepeatedWarnings(({ peer, message }) => told.push(`${peer}: ${message}`));
  const tell = (message: string, peer?: string) => warnings.tell({ type: "warning", peer, message });
  return { told, tell, endRound: () => warnings.endRound() };
}

Deno.test("of warnings that differ in figures only one a round and member is told, and how many more there were", () => {
  const { told, tell, endRound } = collected();
  for (const distance of ["0.3", "1.25e+3", "7"]) tell(`averaging: too far, ${distance}`, "a");
  tell("averaging: too far, 8", "b");
  tell("swapping heads: no JSON", "a");
  assertEquals(told, ["a: averaging: too far, 0.3", "b: averaging: too far, 8", "a: swapping heads: no JSON"]);
  told.length = 0;
  tell("averaging: too far, 8", "b");
  endRound();
  assertEquals(told, [
    "a: 2 times more in this round: averaging: too far, 0.3",
    "b: once more in this round: averaging: too far, 8",
  ]);
  told.length = 0;
  endRound();
  tell("averaging: too far, 9", "a");
  assertEquals(told, ["a: averaging: too far, 9"]);
});

Deno.test("what concerns no member is told each time", () => {
  const { told, tell, endRound } = collected();
  for (let k = 0; k < 3; k++) tell("the disk is full");
  endRound();
  assertEquals(told.length, 3);
});

Deno.test("a member that says something else each time is told of eight times for each thing that is done with it, and counted", () => {
  const { told, tell, endRound } = collected();
  for (let k = 0; k < 50; k++) tell(`averaging: it refused: ${"x".repeat(k)}`, "a");
  tell("swapping heads: no JSON", "a");
  assertEquals(told.length, 9);
  endRound();
  assertEquals(told.slice(9), ["a: 42 times more in this round: averaging: other warnings"]);
});
