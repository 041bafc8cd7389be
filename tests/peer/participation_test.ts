import { assertEquals } from "@std/assert";
import type { Head } from "../../src/mesh/heads/head.ts";
import type { MemberStatus } from "../../src/mesh/events.ts";
import { Participation } from "../../src/peer/participation.ts";

const head = (round: number, mass: number): Head => ({ round, mass, addresses: [] });
const exchange = (peer: string, initiator: boolean) =>
  ({ type: "exchange", peer, initiator, round: 1, bytes: 1, milliseconds: 1 }) as const;

/** A mesh whose heads and members the test sets. */
function source(heads: Record<string, Head>, members: MemberStatus[]) {
  return { heads: () => new Map(Object.entries(heads)), members: () => members };
}

const NEVER = { round: 0, mass: null, exchanges: 0, lastSeen: null, present: false, behind: null };

Deno.test("every member of the list is there, seen or not, with both sides' exchanges counted", () => {
  const members = [
    { peer: "a", connected: true, admitted: true, direct: true, lastSeen: 2000 },
    { peer: "b", connected: false, admitted: false, direct: false, lastSeen: 1000 },
    { peer: "c", connected: false, admitted: false, direct: false },
  ];
  const participation = new Participation(source({ a: head(9, 8), b: head(2, 16) }, members), { rounds: 4 });
  for (const event of [exchange("a", true), exchange("a", false), exchange("b", false)]) participation.note(event);
  participation.note({ type: "head", peer: "b", round: 2 }, 1500); // by way of another
  participation.finish(5);
  const second = (seconds: number) => new Date(1000 * seconds).toISOString();
  assertEquals(participation.report(), [
    { peerId: "a", round: 4, mass: 8, exchanges: 2, lastSeen: second(2), present: true, behind: 1 },
    { peerId: "b", round: 2, mass: 16, exchanges: 1, lastSeen: second(1.5), present: false, behind: 3 },
    { ...NEVER, peerId: "c", behind: 5 },
  ]);
});

Deno.test("a restarted site goes on counting, and knows those who have left meanwhile", () => {
  const before = { peerId: "a", round: 7, mass: 8, exchanges: 3, lastSeen: "2026-01-02T03:04:05.000Z", present: true };
  const gone = new Participation(source({}, [{ peer: "a", connected: false, admitted: false, direct: false }]), {
    earlier: [{ ...before, behind: null }],
  });
  gone.note(exchange("a", false));
  assertEquals(gone.report(), [{ ...before, exchanges: 4, present: false, behind: null }]);
});
