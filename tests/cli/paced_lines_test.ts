import { assertEquals } from "@std/assert";
import { pacedLines } from "../../src/cli/paced_lines.ts";

Deno.test("a work of many files is told of every two seconds, and not at all where it is quick", () => {
  const lines: string[] = [];
  let time = 0;
  const lineOf = ({ step, steps }: { step: number; steps: number }) => `checked ${step} of ${steps} label files`;
  const tell = pacedLines(lineOf, { write: (line) => lines.push(line), now: () => time });
  for (let step = 1; step <= 5; step++) {
    time += 900;
    tell({ step, steps: 5 });
  }
  assertEquals(lines, ["checked 3 of 5 label files"]);
});
