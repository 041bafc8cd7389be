/** Exchanges in which a side does not believe what it is sent. */
import { assertEquals, assertRejects } from "@std/assert";
import { compressors } from "../../../../src/mesh/averaging/compression/compressors.ts";
import { Judge } from "../../../../src/mesh/averaging/judging/judge.ts";
import { Side } from "../_side.ts";
import { channelPair } from "../../_streams.ts";

/** One that takes a distance of 1 for typical, and another site for one of three. */
const judge = (lossless = true) =>
  new Judge({
    others: () => 3,
    announced: () => [{ peer: "c", distance: 1, mass: 2 }, { peer: "d", distance: 1, mass: 2 }],
    capped: () => {},
    cappedShare: () => {},
    lossless,
  });
const sideOf = (value: number, options: Partial<ConstructorParameters<typeof Side>[0]> = {}) =>
  new Side({ vector: new Float32Array(100).fill(value), ...options });
const firsts = (...sides: Side[]) => sides.map(({ vector }) => vector[0]);

Deno.test("an initiator that does not believe what it is sent ends the exchange, and neither takes anything", async () => {
  const [honest, liar] = [sideOf(10, { judge: judge() }), sideOf(1e27)];
  const { a, b } = await channelPair();
  const answering = liar.answer(b, "a").catch((error) => error);
  await assertRejects(
    () => honest.exchange(a, "b"),
    Error,
    "its weights are refused: their norm must be within 4 times",
  );
  a.abort(new Error("over"));
  await answering;
  assertEquals(firsts(honest, liar), [10, Math.fround(1e27)]);
});

for (const [name, refusals] of [["none", 4], ["int8", 2]] as const) {
  Deno.test(`a responder that does not believe keeps its own, and one that was far comes near by it (${name})`, async () => {
    const compressor = compressors.named(name);
    const [majority, far] = [sideOf(10, { compressor, judge: judge(name === "none") }), sideOf(20, { compressor })];
    majority.state!.contribute(new Float32Array(100).fill(1e-9), majority.state!.round); // it trains, if very little
    for (let k = 1; k <= refusals + 1; k++) {
      const { a, b } = await channelPair();
      const [answered, outcome] = await Promise.all([
        majority.answer(b, "a").catch((error) => error.message),
        far.exchange(a, "b"),
      ]);
      assertEquals(outcome.state, "done");
      if (k > refusals) assertEquals(answered, { remoteRound: 3 });
      else {
        assertEquals(answered.startsWith("its weights are refused: they must be within"), true, answered);
        assertEquals([firsts(majority)[0], Math.round(100 * (firsts(far)[0] - 10))], [10, Math.round(1000 * 0.5 ** k)]);
      }
    }
    assertEquals(Math.abs(firsts(majority)[0] - firsts(far)[0]) < 0.1, true, `${firsts(majority, far)}`);
  });
}

Deno.test("a mass beyond ten times the typical one moves the other side by what that is worth", async () => {
  const [honest, heavy] = [sideOf(10, { mass: 2, judge: judge() }), sideOf(10.5, { mass: 1e9 })];
  const { a, b } = await channelPair();
  await Promise.all([honest.exchange(a, "b"), heavy.answer(b, "a")]);
  assertEquals(Math.round(1000 * firsts(honest)[0]), Math.round(1000 * (10 + 0.5 * 20 / 22)));
});

Deno.test("a member that gives the same weights in every round is found out, whoever asks, and pulls nobody any more", async () => {
  const [honest, liar] = [sideOf(10, { judge: judge() }), sideOf(10.01)];
  const said: (string | undefined)[] = [], values: number[] = [];
  for (let round = 4; round < 10; round++) {
    liar.protocol.initialise(new Float32Array(100).fill(10.01), { layout: "l", mass: 1, round });
    await honest.state!.contribute(new Float32Array(100).fill(0.05), round);
    const { a, b } = await channelPair();
    const [asks, answers] = round % 2 === 0 ? [honest, liar] : [liar, honest];
    const messageOf = (error: Error) => (a.abort(error), b.abort(error), error.message);
    const [asked, answered] = await Promise.all([
      asks.exchange(a, "other").then(() => undefined, messageOf),
      answers.answer(b, "other").then(() => undefined, messageOf),
    ]);
    said.push(asks === honest ? asked : answered);
    values.push(honest.vector[0]);
  }
  const reason =
    "its weights are refused: it gives the same ones again and again, and takes nothing of what it is given";
  assertEquals(said, [undefined, undefined, reason, reason, reason, reason]);
  assertEquals(values.slice(2).map((value) => Math.round(1000 * (value - values[1]))), [50, 100, 150, 200]);
});

Deno.test("a member whose weights are always a little farther on leads nobody anywhere within a round, however often it asks", async () => {
  const honest = sideOf(10, { judge: judge() }); // of norm 100
  await honest.state!.contribute(new Float32Array(100).fill(0.01), 4); // a round moves it by 0.1, and members are 1 apart
  let refused = "";
  for (let k = 0; k < 40; k++) {
    const liar = sideOf(0, {});
    // nothing says that it trains: it looks at what it was given before, and goes on from there by 9
    liar.protocol.initialise(honest.vector.map((value) => value + 0.9), { layout: "l", mass: 1, round: 4 + k });
    const { a, b } = await channelPair();
    const [answered] = await Promise.all([
      honest.answer(b, "a").catch((error) => error.message),
      liar.exchange(a, "b").catch(() => {}),
    ]);
    for (const channel of [a, b]) channel.abort(new Error("over"));
    if (typeof answered === "string") refused = answered;
  }
  const moved = 10 * (honest.vector[0] - 10.01);
  assertEquals(moved <= 3 * 10, true, `it was moved by ${moved}`);
  assertEquals(refused.startsWith("its weights are refused: it may pull this site by"), true, refused);
});
