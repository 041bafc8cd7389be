/** A member that lies, as a process of its own, among three honest sites with default settings. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runAmong } from "../../scripts/byzantine/_processes.ts";
import { flatten } from "../../src/core/vectors.ts";
import { consensusDistance } from "../../src/mesh/heads/sketch.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { participationOf } from "../../src/peer/report/participation.ts";
import { makeConsortium, withDirectory } from "./_consortium.ts";

const ROUNDS = 5;

const isNightly = Deno.env.get("SYNCYTIUM_NIGHTLY") === "1";

Deno.test("a member that is there first, announces round 10⁹, gives noise with a mass of 10⁹ and equal features ends and spoils nobody's training, and is named", () =>
  withDirectory(async (directory) => {
    const schedule = { rounds: ROUNDS, stepsPerRound: 2, exchanges: 1 };
    const sites = await makeConsortium(directory, 4, { schedule });
    const [honest, liar] = [sites.slice(0, 3), sites[3]];
    const outcomes = await runAmong(honest, { liar, lies: ["far-round", "huge-mass", "equal-features"] });
    for (const { code, log, warnings, report } of outcomes) {
      assertEquals(code, 0, log);
      const rounds = report!.rounds;
      assertEquals(rounds.map(({ round }) => round), Array.from({ length: ROUNDS }, (_, i) => i + 1));
      assertEquals(rounds.filter(({ partners }) => partners.includes(liar.peerId)), []);
      assert(rounds.every(({ loss }) => loss !== null));
      assert(warnings.some((message) => message.startsWith(`${liar.peerId}: `)), warnings.join("\n"));
      // measured: 23.1 to 23.4, of 23.6 after the first round
      const [first, last] = [rounds[0], rounds.at(-1)!].map(({ health }) => health!.effectiveRank);
      assert(last > 0.9 * first, `the effective rank went from ${first} to ${last}`);
    }
    const named = outcomes.flatMap(({ warnings }) => warnings).filter((message) => message.startsWith(liar.peerId));
    for (
      const said of [
        // the round that it announces is told of at the end of an own one, unless it is left alone by then
        `(it announces round 1000000000 of a run of ${ROUNDS}|nothing is taken of it)`,
        "averaging: its mass of 1000000000 counts as ",
        "averaging: its weights are refused: ",
      ]
    ) assert(named.some((message) => new RegExp(`^${liar.peerId}: ${said}`).test(message)), named.join("\n"));
    const { remarks } = participationOf(outcomes.map(({ report }) => report!))
      .find(({ peerId }) => peerId === liar.peerId)!;
    assert(remarks.some((remark) => remark.includes("was left alone by ")), remarks.join("\n"));
    assert(outcomes.some(({ report }) => report!.rounds.some(({ partners }) => partners.length > 0)));
    const weights = await Promise.all(honest.map(async ({ directory }) => {
      const { vectors } = (await readLatestCheckpoint(join(directory, "state", "checkpoints")))!;
      return flatten(vectors.filter(({ name }) => !name.startsWith("state/")));
    }));
    // measured: 0.001 to 0.007; noise of their own norm in one of them would be 0.5
    const distance = consensusDistance(weights);
    assert(distance < 0.05, `the honest sites' weights are ${distance} apart`);
  }));

Deno.test("a member that gives the weights that all begin with in every round is named, and no longer averaged with", () =>
  withDirectory(async (directory) => {
    const schedule = { rounds: 6, stepsPerRound: 1, exchanges: 1 };
    const sites = await makeConsortium(directory, 3, { schedule });
    const [honest, liar] = [sites.slice(0, 2), sites[2]];
    const outcomes = await runAmong(honest, { liar, lies: ["never-learns"] });
    for (const { code, log, warnings, report } of outcomes) {
      assertEquals([code, report?.rounds.length], [0, schedule.rounds], log);
      const named = `${liar.peerId}: averaging: its weights are refused: it gives the same ones again and again`;
      assert(warnings.some((message) => message.startsWith(named)), warnings.join("\n"));
      const others = warnings.filter((message) => message.includes("it gives the same ones again and again"));
      assert(others.every((message) => message.startsWith(liar.peerId)), others.join("\n"));
    }
  }));

Deno.test({
  name: "a member that serves its pieces one every 20 s holds nobody for longer than exchanges may take, and is named",
  ignore: !isNightly, // some minutes, in which it is waited for
  fn: () =>
    withDirectory(async (directory) => {
      const network = { baseFilters: 24, levels: 3, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] };
      const schedule = { rounds: 6, stepsPerRound: 2, exchanges: 1 };
      const sites = await makeConsortium(directory, 4, { network, schedule });
      const [honest, liar] = [sites.slice(0, 3), sites[3]];
      const outcomes = await runAmong(honest, { liar, lies: ["slow-pieces"] });
      for (const { code, log, report } of outcomes) {
        // one that it held goes on from the others' state, as these rounds are shorter than an exchange may take
        assertEquals([code, report?.rounds.at(-1)?.round], [0, schedule.rounds], log);
      }
      assert(outcomes.some(({ report }) => report!.rounds.some(({ partners }) => partners.length > 0)));
      // whoever asks it while it is in an exchange with another is told that it is busy
      const warnings = outcomes.flatMap((outcome) => outcome.warnings);
      assert(warnings.some((message) => message.startsWith(`${liar.peerId}: averaging: `)), warnings.join("\n"));
    }),
});
