/**
 * One run of the study in a process of its own: takes a `Run` as JSON, prints a `Result` as JSON.
 *
 * @module
 */
import { meanDice } from "../_mean_dice.ts";
import { engineText, runProcess, type Timed } from "../_run_process.ts";
import { openPeerSite, type PeerSite } from "../../src/studies/peer_sites.ts";
import { configure } from "./_configure.ts";
import { makeAttack, pretrain } from "./_consortium.ts";
import type { Result, Run } from "./_study.ts";

async function carryOut(run: Run): Promise<Omit<Result, keyof Timed>> {
  const { seed, rule, behaviour, judging } = run;
  const { honest } = makeAttack(run);
  const sites = new Map<number, PeerSite>();
  for (const [index, configuration] of (await configure(run)).entries()) {
    if (behaviour === "honest" || honest.includes(index)) sites.set(index, await openPeerSite(configuration));
  }
  const rounds = behaviour === "untrained" ? 0 : run.rounds;
  const { consensus, refused } = await pretrain({ ...run, rounds }, sites);
  const dice: number[] = [];
  for (const index of honest) dice.push(await meanDice(sites.get(index)!.trainer));
  return {
    ...{ seed, rule, behaviour, judging, dice, consensus, refused },
    engine: engineText(sites.get(honest[0])!),
  };
}

await runProcess<Run, Result>(carryOut);
