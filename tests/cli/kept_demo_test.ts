/** What a demo keeps in its folder. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  isOfNoDemo,
  keepDemo,
  type KeptDemo,
  keptFlags,
  type KeptPlan,
  readKeptDemo,
} from "../../src/cli/_kept_demo.ts";
import { demo } from "../../src/cli/demo.ts";
import { UserError } from "../../src/core/errors.ts";
import { withDirectory } from "../peer/_site.ts";

const flagsOf = (...args: string[]) => keptFlags(demo.read(args)!.flags);
const begun = (flags: KeptDemo["flags"]): KeptDemo => ({ version: 1, flags, startedAt: "2026-01-02T03:04:05Z" });

Deno.test("a demo goes on with the flags that it was begun with, whatever its folder is called", () =>
  withDirectory(async (out) => {
    assertEquals(await readKeptDemo(out, flagsOf()), undefined);
    const kept = begun(flagsOf("--peers", "3", "--data", "data", "--out", "here"));
    await keepDemo(out, kept);
    assertEquals(await readKeptDemo(out, flagsOf("--data", `${Deno.cwd()}/data`, "--peers", "3")), kept);
    const [ids, shared] = [["a"], { schedule: {} } as unknown as KeptPlan["shared"]];
    const plan: KeptPlan = {
      ...{ consortium: "demo-1", seconds: 3, shared },
      splits: [{ training: ids, labelled: [], probe: ids, test: ids }],
    };
    await keepDemo(out, { ...kept, plan, isFinished: true });
    assertEquals(await readKeptDemo(out, kept.flags), { ...kept, plan, isFinished: true });
  }));

Deno.test("other flags are named with both values, and how to begin anew", () =>
  withDirectory(async (out) => {
    await keepDemo(out, begun(flagsOf("--peers", "3", "--fine-tune", "50")));
    await assertRejects(
      () => readKeptDemo(out, flagsOf("--peers", "2", "--minutes", "5")),
      UserError,
      "it was begun with --peers 3, now --peers 2; --fine-tune 50, now no --fine-tune; no --minutes, now --minutes 5; " +
        "give the same flags to go on, or another --out to begin anew",
    );
  }));

Deno.test("what is kept and damaged is refused; what a kill left of writing it is no demo", () =>
  withDirectory(async (out) => {
    const whole = begun(flagsOf());
    for (const damaged of [{ version: 1 }, { ...whole, version: 2 }, { ...whole, plan: {} }, { ...whole, more: 1 }]) {
      await Deno.writeTextFile(join(out, "demo.json"), JSON.stringify(damaged));
      await assertRejects(() => readKeptDemo(out, flagsOf()), UserError, "the file must be as it was written");
    }
    assertEquals([".lock", "demo.json.1a2b.tmp", "demo.json", "report.json"].map(isOfNoDemo), [
      true,
      true,
      false,
      false,
    ]);
  }));
