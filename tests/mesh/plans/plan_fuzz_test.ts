/** Hostile members of a consortium that plans: frames changed on their way, statements without end, and forged ones. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { makeStatement, type Statement } from "../../../src/mesh/plans/statement.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { channelPair } from "../_streams.ts";
import { converse } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";
import { type Member, memberOf, swapAll, valuesOf } from "./_members.ts";

const [alice, bob, carol, dave] = await Promise.all(Array.from({ length: 4 }, newIdentity));
const members = [alice, bob, carol].map(({ peerId }) => peerId);
const said = await Promise.all([alice, bob, carol].map((identity, i) => makeStatement(identity, "test", i + 1)));
const allSaid = new Map(said.map(({ peer, says }) => [peer, says]));

/** What is held is what was said, the plan none but theirs, and only the remote is blamed. */
function assertUnharmed({ talk, kept, warnings }: Member): void {
  for (const { peer, says } of talk.statements()) assertEquals(says, allSaid.get(peer));
  if (kept) assertEquals([kept.plan, valuesOf(kept.basis)], ["1,2,3", [1, 2, 3]]);
  for (const { peer, message } of warnings) assertEquals(peer, bob.peerId, message);
  assert(warnings.length <= 2, JSON.stringify(warnings));
}

for (const [what, fixed] of [["statements", undefined], ["a plan", { plan: "1,2,3", basis: said }]] as const) {
  Deno.test(`fuzz: of ${what} that were changed on their way nothing is taken but what members said`, async () => {
    // it has met the third already, and waits for a fourth
    const remote = await memberOf(bob, { members: [...members, dave.peerId], says: 2, fixed });
    await swapAll([[remote, await memberOf(carol, { members, says: 3 })]]);
    await fc.assert(
      fc.asyncProperty(mutations(3), async (mutation) => {
        const here = await memberOf(alice, { members, says: 1 });
        const { honest, mutated } = await converse(
          mutation,
          (channel) => here.talk.swap(channel, bob.peerId),
          (channel) => remote.talk.swap(channel, alice.peerId),
        );
        assert(mutated);
        if ("error" in honest) assertRefusal(honest.error);
        assertUnharmed(here);
      }),
      fuzzRuns(100),
    );
  });
}

/** Lets `hostile` talk with a member until either side has ended; resolves with how the honest side did. */
async function attack(honest: Member, hostile: (channel: FrameChannel) => Promise<unknown>): Promise<unknown> {
  const { a, b } = await channelPair();
  const ends = honest.talk.swap(a, bob.peerId).then(() => undefined, (error) => {
    a.abort(error);
    return error;
  });
  await hostile(b).catch(() => {});
  await b.close().catch(() => {});
  const error = await ends;
  for (const channel of [a, b]) channel.abort(new Error("the end"));
  return error;
}

const give = (statements: readonly unknown[], more: object = {}) => async (channel: FrameChannel) => {
  await channel.sendMessage({ type: "plan", statements: statements.length, ...more });
  for (const statement of statements) await channel.sendMessage(statement);
};
const bySigner = (identity: Identity, says: unknown) => makeStatement(identity, "test", says);

Deno.test("fuzz: whatever a member says in its own name is taken or refused, and told once; others' cannot be said by it", async () => {
  const statement = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }).map((says) => () => bySigner(bob, says)),
    fc.jsonValue({ maxDepth: 2 }).map((says) => () => Promise.resolve({ ...said[2], says })),
    fc.constantFrom(alice.peerId, carol.peerId, "", "x", "__proto__", "x".repeat(100)).map((peer) => () =>
      Promise.resolve({ ...said[1], peer })
    ),
    fc.string({ minLength: 88, maxLength: 88 }).map((signature) => () => Promise.resolve({ ...said[2], signature })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(statement, { maxLength: 4 }), async (made) => {
      const honest = await memberOf(alice, { members, says: 1 });
      const statements = await Promise.all(made.map((make) => make()));
      const error = await attack(honest, give(statements));
      if (error) assertRefusal(error);
      for (const { peer, says } of honest.talk.statements()) {
        if (peer !== bob.peerId) assertEquals(says, allSaid.get(peer));
      }
      for (const { peer } of honest.warnings) assertEquals(peer, bob.peerId);
      const told = honest.warnings.map(({ message }) => message.replace(/(said by|what) \S+ (is|said)/, ""));
      assertEquals(told.length, new Set(told).size, JSON.stringify(told));
    }),
    fuzzRuns(150),
  );
});

Deno.test("fuzz: a plan that is not what the statements come to is not taken over, whatever its basis", async () => {
  const basis = fc.array(fc.constantFrom(...members, "somebody"), { maxLength: 5 });
  const plan = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("1", "2,3", "1,1,2", "1,2,3,3"));
  await fc.assert(
    fc.asyncProperty(fc.record({ plan, basis }), async (fixed) => {
      const honest = await memberOf(alice, { members, says: 1 });
      const error = await attack(honest, give([said[1]], { fixed })); // carol's is missing
      if (error) assertRefusal(error);
      const mayBe = fixed.basis.length === new Set(fixed.basis).size && fixed.basis.every((peer) =>
        peer === bob.peerId
      ) &&
        fixed.plan === valuesOf(said.slice(1, 2)).join(",");
      assertEquals(honest.kept !== undefined, mayBe && fixed.basis.length === 1);
      assertEquals(honest.warnings.map(({ peer }) => peer), mayBe ? [] : [bob.peerId]);
    }),
    fuzzRuns(100),
  );
});

Deno.test("more statements than there can be are refused before one is read, and so is what has no canonical form", async () => {
  const honest = await memberOf(alice, { members, says: 1 });
  const many = await attack(honest, (channel) => channel.sendMessage({ type: "plan", statements: 1_000 }));
  await assertRejects(
    () => Promise.reject(many),
    RangeError,
    "at most 35 statements towards the plan, it passes on 1000",
  );
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const forms = ["1e999", nested(30_000)].map((says) =>
    `{"peer":"${bob.peerId}","says":${says},"signature":"${"A".repeat(88)}"}`
  );
  for (const form of forms) {
    const error = await attack(honest, async (channel) => {
      await channel.sendMessage({ type: "plan", statements: 1 });
      await channel.send({ kind: "message", payload: utf8(form) });
    });
    if (error) assertRefusal(error);
    assert(error || honest.warnings.length > 0, form.slice(0, 100));
  }
  assertEquals(honest.talk.statements().length, 1);
});

Deno.test("a flood of statements is told once of each kind, changes little, and sets off no storm among the others", async () => {
  const honest = await memberOf(alice, { members, says: 1 });
  honest.present = [carol.peerId];
  honest.use = () => Promise.reject(new Error("it is busy"));
  const changed = new Set<unknown>();
  const flood = async (statements: readonly Statement[]) => {
    assertEquals(await attack(honest, give(statements)), undefined);
    changed.add(honest.talk.statements().find(({ peer }) => peer === bob.peerId)?.says);
    await honest.talk.stop();
  };
  for (let i = 0; i < 40; i++) {
    const stranger = await newIdentity();
    // ever something else that counts before it, and what no member may say
    await flood(await Promise.all([bySigner(bob, 9e9 - i), bySigner(bob, -i - 1), bySigner(stranger, i)]));
    await flood([{ ...said[2], says: i + 10 }, { ...said[2], peer: `nobody-${i}` }]);
  }
  const matters = [/two things/, /is refused/, /which is no member/, /is not signed/];
  assertEquals(honest.warnings.map(({ message }) => matters.findIndex((one) => one.test(message))).sort(), [
    0,
    1,
    2,
    3,
  ]);
  assert(honest.warnings.every(({ peer, message }) => peer === bob.peerId && message.length < 300));
  assert(changed.size <= 10, `changed ${changed.size} times`);
  assert(honest.called.length <= 10, `called others ${honest.called.length} times`);
  assertEquals(honest.talk.statements().length, 2);
});
