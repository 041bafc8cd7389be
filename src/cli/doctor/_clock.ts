/** Whether the machine's clock can be trusted. */
import type { Knocked } from "../../mesh/connections/knock.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, note, warning, fault } = findingsOf("clock");

/** No version of this program is older. */
const EARLIEST = Date.UTC(2025, 0);
/** Clocks further apart confuse people who compare logs, in milliseconds; the peers themselves need no more than order. */
const APART = 60_000;
/** The clock may be corrected by so much while it is looked at, in milliseconds. */
const JUMP = 1_000;

const SET_IT = "set the clock, and keep it by NTP (timedatectl set-ntp true, or the hospital's own time server)";

/** What is known of a clock. */
export interface ClockFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the newest file of the site's state was written, by this clock. */
  readonly newest?: number;
  /** How far the clock went beside the time that passed meanwhile, in milliseconds. */
  readonly drift: number;
}

const seconds = (milliseconds: number) => `${(Math.abs(milliseconds) / 1000).toFixed(1)} s`;

/** The clock by itself. */
export function clockFindings({ now, newest = 0, drift }: ClockFacts): Finding[] {
  const shown = new Date(now).toISOString();
  if (now < EARLIEST) return [fault(`it says ${shown}, which is before this program was written`, SET_IT)];
  const found: Finding[] = [];
  if (newest > now + JUMP) {
    const later = new Date(newest).toISOString();
    found.push(warning(`it says ${shown}, but the site's state was written at ${later}: it was set back`, SET_IT));
  }
  if (Math.abs(drift) > JUMP) {
    found.push(
      warning(`it jumped by ${seconds(drift)} ${drift < 0 ? "back" : "ahead"} while it was looked at`, SET_IT),
    );
  }
  return found.length > 0 ? found : [ok(`it says ${shown} and goes evenly`)];
}

/** The clock beside the members'. */
export function comparedClocks(members: readonly Knocked[]): Finding[] {
  const ahead = members.flatMap(({ ahead }) => ahead ?? []).sort((a, b) => a - b);
  if (ahead.length === 0) return [note("unknown how it compares with the members': none told the time")];
  const middle = ahead[Math.floor(ahead.length / 2)];
  const told = `${ahead.length} ${ahead.length === 1 ? "member's" : "members'"}`;
  if (Math.abs(middle) <= APART) return [ok(`it agrees with ${told} to ${seconds(middle)}`)];
  return [warning(`it is ${seconds(middle)} ${middle > 0 ? "behind" : "ahead of"} ${told}, by their median`, SET_IT)];
}
