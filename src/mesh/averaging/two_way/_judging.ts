/**
 * What is believed of the other side of an exchange, and what is remembered of it.
 *
 * @module
 */
import type { AggregationRule } from "../aggregation/rule.ts";
import type { Judge } from "../judging/judge.ts";
import type { Exchange, Swapped } from "./_exchange.ts";

/** Who judges, and the rule that says how far an exchange takes either side. */
interface Judging {
  readonly judge?: Judge;
  readonly rule: AggregationRule;
}

/** @throws {UnsoundError} if what the remote sent may not be mixed; this side is as it was then. */
export function judgeRemote(
  exchange: Exchange,
  { likeness, mass, round, decoded: given }: Swapped["remote"],
  { judge, rule }: Judging,
): void {
  const { peer, state: { moved, round: ownRound }, own, link } = exchange;
  try {
    judge?.checkLikeness({ mass: own.mass, moved }, likeness, peer);
    judge?.checkMoving(peer, { round, ownRound, given, moved });
    judge?.checkPull(peer, { mass: own.mass, moved }, { likeness, ownRound, share: sharesOf(exchange, mass, rule)[0] });
  } catch (error) {
    link.forget();
    throw error;
  }
}

/** Both have both vectors, and are about to mix them. */
export function rememberRemote(exchange: Exchange, { sent, remote }: Swapped, { judge, rule }: Judging): void {
  const { peer, state: { moved, round: ownRound }, own } = exchange;
  const { mass, round, decoded: given, likeness } = remote;
  const [goes, remoteGoes] = sharesOf(exchange, mass, rule);
  judge?.mixed(peer, { mass: own.mass, moved }, { likeness, ownRound, share: goes });
  judge?.met(peer, { round, ownRound, given, moved }, { own: sent.decoded, share: remoteGoes });
}

/** The parts of the way to each other that this side and the remote go at once. */
function sharesOf({ own, weight }: Exchange, remoteMass: number, { share = () => 0 }: AggregationRule) {
  return [share(own.mass, { weight, mass: remoteMass }), share(remoteMass, { weight, mass: own.mass })];
}
