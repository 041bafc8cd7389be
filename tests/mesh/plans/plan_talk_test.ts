import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { enterWorld, realWorld } from "../../../src/core/world.ts";
import { makeStatement, type Statement } from "../../../src/mesh/plans/statement.ts";
import type { AuditRecord } from "../../../src/mesh/protocols/traffic.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { newIdentity } from "../_identities.ts";
import { type Member, memberOf, swapAll, valuesOf } from "./_members.ts";

const [alice, bob, carol, mallory] = await Promise.all(Array.from({ length: 4 }, newIdentity));
const [a, b, c] = [alice, bob, carol].map(({ peerId }) => peerId);
const members = [a, b, c];

/** The three, of whom each says its number; 0 is refused, and a text is a plan that is given. */
async function three(says: readonly unknown[] = [1, 2, 3]): Promise<[Member, Member, Member]> {
  const [one, two, three] = await Promise.all(
    [alice, bob, carol].map((identity, i) => memberOf(identity, { members, says: says[i] })),
  );
  return [one, two, three];
}

Deno.test("all come to one plan once all have said something, whoever met whom first", async () => {
  for (const order of [[0, 1, 2], [2, 0, 1], [1, 2, 0]]) {
    const all = await three();
    const [x, y, z] = order.map((i) => all[i]);
    await swapAll([[x, y], [y, z]]);
    assertEquals([x.kept, y.kept?.plan, z.kept?.plan], [undefined, "1,2,3", "1,2,3"]);
    await swapAll([[z, x]]);
    assertEquals(all.map(({ kept }) => kept?.plan), ["1,2,3", "1,2,3", "1,2,3"]);
    assertEquals(all.flatMap(({ warnings }) => warnings), []);
  }
});

Deno.test("what is new is passed on to the others that are there, and what is known is not", async () => {
  const [x, y] = await three();
  x.present = [b, c];
  x.use = () => Promise.reject(new Error("it is busy"));
  await swapAll([[x, y]]);
  await x.talk.stop();
  assertEquals(x.called, [c]);
  await swapAll([[x, y]]);
  assertEquals(x.called, [c]);
});

Deno.test("those that are there plan by themselves when they wait no longer, and nobody plans alone", async () => {
  const [x, y, late] = await three();
  x.talk.waitNoLonger();
  assertEquals(x.kept, undefined);
  await swapAll([[x, y]]);
  assertEquals([x.kept?.plan, y.kept], ["1,2", undefined]);
  await swapAll([[y, x], [late, y]]);
  // who comes late takes it over, and has said something that it no longer depends on
  assertEquals([y.kept, late.kept].map((kept) => [kept?.plan, valuesOf(kept?.basis)]), [
    ["1,2", [1, 2]],
    ["1,2", [1, 2]],
  ]);
});

Deno.test("whoever waits no longer still waits for those that are there and do not hold the same", async () => {
  const [x, y, z] = await three();
  x.present = [b, c];
  await swapAll([[x, y]]);
  x.talk.waitNoLonger();
  assertEquals(x.kept, undefined);
  await swapAll([[x, z]]);
  assertEquals(x.kept?.plan, "1,2,3");
});

Deno.test("two that both begin when they meet swap once more before either waits no longer", async () => {
  const [x, y] = await three();
  x.present = [b];
  x.use = async () => {
    await swapAll([[x, y]]);
    throw new Error("what is taken stays, also where it ends badly");
  };
  await Promise.all([swapAll([[x, y]]), swapAll([[y, x]])]);
  await x.talk.stop();
  x.talk.waitNoLonger();
  assertEquals([x.called, x.kept?.plan], [[b], "1,2"]);
});

Deno.test("whoever waits no longer does not wait for one that is there and cannot be spoken with", async () => {
  const [x, y] = await three();
  x.present = [b, c];
  x.use = () => Promise.reject(new Error("it hangs up"));
  x.talk.joined(c);
  await x.talk.stop();
  await swapAll([[x, y]]);
  assertEquals(x.kept, undefined);
  x.talk.waitNoLonger();
  assertEquals(x.kept?.plan, "1,2");
});

Deno.test("a plan that is given overrides what all others say, and nobody is waited for", async () => {
  const [x, y] = await three([1, "given", 3]);
  await swapAll([[x, y]]);
  assertEquals([x.kept?.plan, y.kept?.plan], ["given", "given"]);
});

Deno.test("what a member discloses is in its audit log before it leaves, once for each member; refusals are not", async () => {
  const [x, y, z] = await three([0, 2, 3]);
  await swapAll([[x, y], [y, z], [x, y], [x, z]]);
  const told = ({ audited }: Member) => audited.map(({ kind, peer }: AuditRecord) => [kind, peer]);
  assertEquals([told(x), told(y), told(z)], [[], [["fingerprint", a], ["fingerprint", c]], [["fingerprint", b], [
    "fingerprint",
    a,
  ]]]);
  assertMatch(y.audited[0].digest, /^[0-9a-f]{64}$/);
  const silent = await memberOf(bob, { members, says: 2, audit: () => Promise.reject(new Error("the disk is full")) });
  await assertRejects(() => swapAll([[silent, x]]), Error, "the disk is full");
  assertEquals(valuesOf(x.talk.statements()), [0, 2, 3]);
});

Deno.test("what is not signed by its member, is by no member, or cannot be, is refused in a sentence that names it", async () => {
  const says = async (statement: Statement) => {
    const one = await memberOf(alice, { members, says: 1 });
    const other = await memberOf(bob, { members, says: 2, fixed: { plan: "", basis: [statement] } });
    await swapAll([[one, other]]).catch(() => {});
    assertEquals(one.kept, undefined);
    assertEquals(valuesOf(one.talk.statements()).includes(statement.says as number), false);
    return one.warnings.map(({ peer, message }) => `${peer}: ${message}`);
  };
  const of = (identity: typeof alice, value: unknown) => makeStatement(identity, "test", value);
  const forged = { ...await of(carol, 3), says: 4 };
  const [first] = await says(forged);
  assertEquals(first, `${b}: what it passes on towards the plan as said by ${c} is not signed by that member`);
  const [stranger] = await says(await of(mallory, 5));
  assertEquals(stranger, `${b}: it passes on what ${mallory.peerId} said towards the plan, which is no member`);
  const [absurd] = await says(await of(carol, -6));
  assertEquals(absurd, `${c}: what it says towards the plan is refused: its number must not be negative`);
  const [elsewhere] = await says(await makeStatement(carol, "another consortium", 7));
  assertMatch(elsewhere, /not signed by that member$/);
});

Deno.test("a plan that does not follow from what members said is not taken over, and its member is named", async () => {
  const basis = await Promise.all([alice, bob].map((identity, i) => makeStatement(identity, "test", i + 1)));
  const liar = await memberOf(bob, { members, says: 2, fixed: { plan: "9", basis } });
  const one = await memberOf(alice, { members, says: 1 });
  await swapAll([[one, liar]]);
  assertEquals([one.kept, one.warnings], [undefined, [{
    peer: b,
    message:
      "the plan that it goes by does not follow from what members have said, or not by this version of the program",
  }]]);
});

Deno.test("of two things that a member has said all take the same, whichever came first", async () => {
  for (const [first, second] of [[3, 4], [4, 3]]) {
    const one = await memberOf(alice, { members, says: 1 });
    for (const says of [first, second]) await swapAll([[one, await memberOf(carol, { members, says })]]);
    assertEquals(valuesOf(one.talk.statements()), [1, 3]);
    assertEquals(one.warnings, [{
      peer: c,
      message: "it has said two things towards the plan: all take the same of them",
    }]);
  }
});

const fixedBy = async (plan: string, said: readonly (readonly [Identity, unknown])[]) => ({
  plan,
  basis: await Promise.all(said.map(([identity, says]) => makeStatement(identity, "test", says))),
});

Deno.test("whoever has lost its state takes over the plan that follows from what it said before", async () => {
  for (const now of [0, 9]) {
    const fixed = await fixedBy("1,2", [[alice, 1], [bob, 2]]);
    const planned = await memberOf(bob, { members, says: 2, fixed });
    const anew = await memberOf(alice, { members, says: now });
    await swapAll([[planned, anew]]);
    assertEquals(anew.kept?.plan, "1,2", `says ${now}`);
  }
});

Deno.test("a plan holds that follows from what a member said who has left since, and of nobody else who is none", async () => {
  const silent = await newIdentity();
  const takes = async (identity: Identity, basis: [Identity, unknown][], plan: string) => {
    const planned = await memberOf(bob, {
      members: [...members, mallory.peerId],
      says: 2,
      fixed: await fixedBy(plan, basis),
    });
    const late = await memberOf(identity, { members, says: 1 });
    late.members = [a, b, silent.peerId]; // carol was removed
    await swapAll([[planned, late]]);
    assertEquals(valuesOf(late.talk.statements()).includes(3), false);
    return late;
  };
  const late = await takes(alice, [[bob, 2], [carol, 3]], "2,3");
  assertEquals([late.kept?.plan, late.warnings], ["2,3", []]);
  const misled = await takes(alice, [[bob, 2], [mallory, 4]], "2,4");
  assertEquals([misled.kept, misled.warnings.map(({ peer }) => peer)], [undefined, [b, b]]);
  // nobody counts twice
  const twice = await takes(alice, [[bob, 2], [bob, 2]], "2,2");
  assertEquals([twice.kept, twice.warnings.length], [undefined, 1]);
});

Deno.test("no other plan is fixed while one that a member goes by is looked at, whatever happens meanwhile", async () => {
  const fixed = await fixedBy("1,2,3", [[alice, 1], [bob, 2], [carol, 3]]);
  const planned = await memberOf(bob, { members, says: 2, fixed });
  const late = await memberOf(alice, { members, says: 1 });
  late.members = [a, b]; // carol was removed: what those two say would be a plan of its own
  const swapped = swapAll([[planned, late]]);
  let isOver = false;
  void swapped.finally(() => isOver = true);
  while (!isOver) {
    // between any two steps of looking at it
    for (let i = 0; i < 200; i++) {
      late.talk.membersChanged();
      await undefined;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await swapped;
  assertEquals([late.kept?.plan, late.warnings], ["1,2,3", []]);
});

Deno.test("what was said by whoever is removed before there is a plan counts no more, and is not taken again", async () => {
  const [x, y, z] = await three();
  const dave = await newIdentity(); // who says nothing
  for (const member of [x, y, z]) member.members = [...members, dave.peerId];
  await swapAll([[x, z], [y, z]]);
  const remove = (member: Member) => {
    member.members = [a, b, dave.peerId];
    member.talk.membersChanged();
  };
  x.present = [b];
  remove(x);
  assertEquals([valuesOf(x.talk.statements()), x.called], [[1], [b]]);
  x.talk.waitNoLonger();
  // y has not noticed yet and still holds it: they are not in step
  await swapAll([[y, x]]);
  assertEquals([valuesOf(x.talk.statements()), valuesOf(y.talk.statements()), x.kept], [[1, 2], [1, 2, 3], undefined]);
  remove(y);
  await swapAll([[y, x]]);
  assertEquals([x.kept?.plan, x.warnings], ["1,2", []]);
});

Deno.test("a site that is removed itself does not plan alone", async () => {
  const one = await memberOf(alice, { members, says: 1 });
  one.members = [];
  one.talk.waitNoLonger();
  one.talk.membersChanged();
  assertEquals(one.kept, undefined);
  const alone = await memberOf(alice, { members: [a], says: 1 });
  assertEquals(alone.kept?.plan, "1");
});

Deno.test("a plan that cannot be kept, as on a full disk, is told once and tried again until it can", async () => {
  let full = 2;
  const tried: number[] = [];
  using _soon = enterWorld({
    ...realWorld,
    after: (milliseconds, act) => {
      if (milliseconds === 5_000) tried.push(milliseconds);
      return realWorld.after(milliseconds === 5_000 ? 0 : milliseconds, act);
    },
  });
  const keep = () => {
    if (full-- > 0) throw new Error("no space is left on the disk");
  };
  const one = await memberOf(alice, { members: [a, b], says: 1 });
  const two = await memberOf(bob, { members: [a, b], says: 2, keep });
  await swapAll([[one, two]]);
  assertEquals((await two.talk.settled).plan, "1,2");
  assertEquals([one.kept?.plan, two.kept?.plan, tried.length], ["1,2", "1,2", 2]);
  assertEquals(two.warnings, [{
    peer: undefined,
    message: "the plan cannot be kept, which is tried again: no space is left on the disk",
  }]);
});
