import { assertEquals } from "@std/assert";
import type { Head } from "../../src/mesh/heads/head.ts";
import type { MemberStatus, MeshEvent } from "../../src/mesh/events.ts";
import { Participation } from "../../src/peer/participation.ts";
import { memberRemark } from "../../src/peer/report/participation.ts";

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
    { peerId: "a", round: 4, mass: 8, exchanges: 2, lastSeen: second(2), present: true, behind: 1, state: "silent" },
    { peerId: "b", round: 2, mass: 16, exchanges: 1, lastSeen: second(1.5), present: false, behind: 3, state: "heard" },
    { ...NEVER, peerId: "c", behind: 5, state: "never" },
  ]);
});

Deno.test("a restarted site goes on counting, and knows those who have left meanwhile", () => {
  const before = { peerId: "a", round: 7, mass: 8, exchanges: 3, lastSeen: "2026-01-02T03:04:05.000Z", present: true };
  const gone = new Participation(source({}, [{ peer: "a", connected: false, admitted: false, direct: false }]), {
    earlier: [{ ...before, behind: null }],
  });
  gone.note(exchange("a", false));
  assertEquals(gone.report(), [{ ...before, exchanges: 4, present: false, behind: null, state: "away" }]);
});

/** What is said of the member "a" after `events`, at the end of 14 rounds. */
function remarkAfter(
  events: [MeshEvent, number?][],
  { round, status = {} }: { round?: number; status?: Partial<MemberStatus> } = {},
): string | undefined {
  const member = { peer: "a", connected: false, admitted: false, direct: false, ...status };
  const participation = new Participation(source(round === undefined ? {} : { a: head(round, 8) }, [member]), {
    rounds: 14,
  });
  for (const [event, at = 0] of events) participation.note(event, at);
  participation.finish(14);
  return memberRemark(participation.report()[0], 14)?.replace(/; last seen .*/, "; last seen T");
}

const joined: MeshEvent = { type: "peer-joined", peer: "a" };
const left = (goodbye: boolean): MeshEvent => ({ type: "peer-left", peer: "a", goodbye });
const said = (round: number): MeshEvent => ({ type: "head", peer: "a", round });
const refused: MeshEvent = {
  type: "peer-refused",
  peer: "a",
  reason: 'the settings differ: "seed" is 1 here, 2 there',
};
const admitted = { connected: true, admitted: true, direct: true, lastSeen: 9 };
const unreached = ["/ip4/192.0.2.1/tcp/1", "/dns4/a.example/tcp/1"].map((address, i) => ({
  address,
  reason: ["the connection was refused", "the name was not found"][i],
}));

const fates: [string, ReturnType<typeof remarkAfter>, ReturnType<typeof remarkAfter>][] = [
  ["one that was never seen", remarkAfter([]), "was never seen"],
  [
    "one that was never seen and is not at its addresses",
    remarkAfter([], { status: { unreached } }),
    "was never seen; it did not answer at /ip4/192.0.2.1/tcp/1 (the connection was refused), " +
    "/dns4/a.example/tcp/1 (the name was not found)",
  ],
  [
    "one that is known from before and is not at its address now",
    remarkAfter([], { status: { lastSeen: 5, unreached: unreached.slice(1) } }),
    "was not seen in this run; last seen T",
  ],
  [
    "one that was refused for a setting",
    remarkAfter([[refused]], { status: { connected: true } }),
    'took no part: the settings differ: "seed" is 1 here, 2 there',
  ],
  [
    "one that is there and says nothing",
    remarkAfter([[joined]], { status: admitted }),
    "was connected, and no round of it was heard",
  ],
  [
    "one that lags",
    remarkAfter([[joined], [said(9)]], { round: 9, status: admitted }),
    "lagged: 5 of 14 rounds were still to do when others had done all of theirs",
  ],
  ["one that is level", remarkAfter([[joined], [said(13)]], { round: 13, status: admitted }), undefined],
  [
    "one that is paused, of whose heads nothing is believed",
    remarkAfter([[joined], [said(14)]], {
      status: { ...admitted, conduct: { offences: 5, paused: true, reason: "5 times" } },
    }),
    undefined,
  ],
  ["one that ended well", remarkAfter([[joined], [said(14)], [left(true)]], { round: 14 }), undefined],
  [
    "one that left in the middle",
    remarkAfter([[joined], [said(5)], [left(true)]], { round: 5 }),
    "left after round 5 of 14",
  ],
  [
    "one that was killed, whose last head comes late",
    remarkAfter([[joined, 1], [said(6), 2], [left(false), 1000], [said(7), 1500]], { round: 7 }),
    "went out of reach after round 7 of 14; last seen T",
  ],
  [
    "one that runs, and is heard by way of others",
    remarkAfter([[joined, 1], [left(false), 1000], [said(13), 60_000]], { round: 13 }),
    undefined,
  ],
  [
    "one that nobody here could call, and is heard by way of others",
    remarkAfter([[said(14)]], { round: 14 }),
    undefined,
  ],
  [
    "one that was started again with other settings",
    remarkAfter([[joined], [said(5)], [left(true)], [refused]], { round: 5 }),
    'took no part after round 5 of 14: the settings differ: "seed" is 1 here, 2 there',
  ],
  [
    "one that came back",
    remarkAfter([[joined], [left(false)], [joined], [said(14)]], { round: 14, status: admitted }),
    undefined,
  ],
];
for (const [what, remark, expected] of fates) {
  Deno.test(`at the end, ${what} is told as what it is`, () => assertEquals(remark, expected));
}

Deno.test("a site is alone that met nobody, and one that only turned others away; not one that exchanged before", () => {
  const alone = (events: MeshEvent[], { members = 1, earlier = 0 } = {}) => {
    const list = Array.from(
      { length: members },
      () => ({ peer: "a", connected: false, admitted: false, direct: false }),
    );
    const before = { ...NEVER, peerId: "a", exchanges: earlier };
    const participation = new Participation(source({}, list), { earlier: [before] });
    for (const event of events) participation.note(event);
    return participation.isAlone();
  };
  assertEquals([alone([]), alone([refused]), alone([joined, left(true)])], [true, true, false]);
  assertEquals([alone([], { earlier: 3 }), alone([], { members: 0 })], [false, false]);
});
