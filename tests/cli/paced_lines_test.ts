import { assertEquals } from "@std/assert";
import { labelProgress } from "../../src/cli/label_progress.ts";

Deno.test("reading label files is told every two seconds, and not at all where it is quick", () => {
  const lines: string[] = [];
  let time = 0;
  const tell = labelProgress({ write: (line) => lines.push(line), now: () => time });
  for (let step = 1; step <= 5; step++) {
    time += 900;
    tell({ step, steps: 5 });
  }
  assertEquals(lines, ["checked 3 of 5 label files"]);
});
