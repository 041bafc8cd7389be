/** What a site keeps of a plan between its lives. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { makeStatement } from "../../../src/mesh/plans/statement.ts";
import { keepPlan, type KeptPlan, readKeptPlan } from "../../../src/peer/planning/kept_plan.ts";
import { newIdentity } from "../../mesh/_identities.ts";
import { withDirectory } from "../_site.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];
const [own, other] = await Promise.all([alice, bob].map((identity, i) => makeStatement(identity, "test", { n: i })));
const under = { consortium: "test", terms: { minutes: 5, patches: 16, fewestSteps: 1 } };
const kept: KeptPlan = { own, fixed: { plan: { spacing: [1, 1, 1] }, basis: [own, other] } };

Deno.test("what was said, and then the plan, are there again after a restart, in a folder that need not be there before", () =>
  withDirectory(async (directory) => {
    const state = join(directory, "state");
    assertEquals(await readKeptPlan(state, under), undefined);
    for (const one of [{ own }, kept]) {
      await keepPlan(state, under, one);
      assertEquals(await readKeptPlan(state, under), one);
    }
  }));

Deno.test("a plan of another consortium or budget is refused with both values, one that is damaged with its place", () =>
  withDirectory(async (directory) => {
    await keepPlan(directory, under, kept);
    const refuses = async (read: typeof under, ...words: string[]) => {
      const error = await assertRejects(() => readKeptPlan(directory, read), UserError);
      for (const word of [join(directory, "plan.json"), ...words]) {
        assertEquals(error.message.includes(word), true, error.message);
      }
    };
    await refuses({ ...under, consortium: "heart" }, 'it was made with consortium "test"', 'consortium "heart"');
    const { minutes: _, ...untimed } = under.terms;
    await refuses(
      { ...under, terms: untimed as typeof under.terms },
      "minutes 5",
      "minutes none",
      "delete the file at all sites",
    );
    const path = join(directory, "plan.json");
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"peer"', '"pear"'));
    await refuses(under, "at own.peer", "as it was written, or be deleted");
    await Deno.writeTextFile(path, text.slice(0, 50));
    await refuses(under, "reading the plan of the sites");
  }));
