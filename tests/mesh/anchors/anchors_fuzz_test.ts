import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { fuzzRuns } from "../../_fuzz.ts";
import { withDirectory } from "../../peer/_site.ts";
import { newIdentity } from "../_identities.ts";
import { converse } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";
import { headOf, makeSite, meet } from "./_sites.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];

Deno.test("fuzz: a swap of audit heads with a hostile peer leaves what it said and nothing else, here and on the disk", () =>
  withDirectory(async (directory) => {
    await fc.assert(
      fc.asyncProperty(mutations(1), async (mutation) => {
        const [a, b] = ["a.json", "b.json"].map((name) => join(directory, name));
        const here = await makeSite(alice, { path: a, head: headOf(5) });
        const there = await makeSite(bob, { path: b, head: headOf(7, "b") });
        await meet(here, there);
        there.head = headOf(8, "c");
        const { honest, mutated } = await converse(
          mutation,
          (channel) => here.spread.swap(channel, bob.peerId),
          (channel) => there.spread.swap(channel, alice.peerId),
        );
        assert(mutated);
        if ("error" in honest) assertRefusal(honest.error);
        for (const { head } of here.told) assertEquals(head, headOf(5));
        const { latest: { head: { records, digest } } } = here.book.get(bob.peerId)!;
        assert(records === 7 && digest[0] === "b" || records === 8 && digest[0] === "c");
        await Promise.all([here, there].map(({ spread }) => spread.stop()));
        const reread = await makeSite(alice, { path: a });
        assertEquals([reread.warnings, reread.book.get(bob.peerId)], [[], here.book.get(bob.peerId)]);
        await Promise.all([a, b].map((path) => Deno.remove(path)));
      }),
      fuzzRuns(100),
    );
  }));
