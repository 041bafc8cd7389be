/** Members that lie over one-way links, whose pushes come and go one by one. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { messageOf } from "../../../../src/core/errors.ts";
import { Judge } from "../../../../src/mesh/averaging/judging/judge.ts";
import { OneWaySide } from "../../../../src/mesh/averaging/one_way/side.ts";
import { OneWayState } from "../../../../src/mesh/averaging/one_way/state.ts";
import { AverageServer } from "../../../../src/mesh/averaging/server.ts";
import { KeptPieces } from "../../../../src/mesh/protocols/kept_pieces.ts";
import { channelPair } from "../../_streams.ts";

const LENGTH = 2_000, MASS = 10, MEMBERS = 4, ROUNDS = 5;
/** Of a round's training, in every value. */
const UPDATE = 0.01;

const filled = (value: number) => new Float32Array(LENGTH).fill(value);

/** A peer without a mesh. */
class Peer {
  readonly protocol: OneWaySide;
  readonly server: AverageServer;
  readonly capped: string[] = [];
  #state: OneWayState | undefined;

  constructor({ judging = false } = {}) {
    const judge = new Judge({
      ...{ lossless: true, others: () => MEMBERS - 1, capped: () => {} },
      announced: () => Array.from({ length: MEMBERS - 1 }, (_, i) => ({ peer: `${i}`, mass: MASS })),
      cappedShare: (peer) => this.capped.push(peer),
    });
    const transfer = { stepTimeout: 5_000, audit: () => {}, kept: new KeptPieces() };
    this.protocol = new OneWaySide({ ...transfer, judge: judging ? judge : undefined });
    this.server = new AverageServer(this.protocol, transfer);
  }

  begin(vector: Float32Array, { mass = MASS, round = 0 } = {}): this {
    this.#state = new OneWayState(vector, { layout: "l", mass, round });
    this.protocol.initialise(this.#state);
    return this;
  }

  get state(): OneWayState {
    return this.#state!;
  }

  get value(): number {
    return this.state.snapshot().vector[7];
  }

  train(round: number, by = UPDATE): void {
    this.state.contribute(filled(by), round);
  }
}

/** Resolves to why `to` refused what `from` gives it, as far as it has something to give, if it did. */
async function push(from: Peer, to: Peer): Promise<string | undefined> {
  const part = Math.min(1 / 2, from.state.spare);
  if (part === 0) return undefined;
  const { a, b } = await channelPair();
  const [, answered] = await Promise.allSettled([
    from.protocol.push(a, "other", { part }),
    to.server.answer(b, "other").catch((error) => {
      b.abort(new Error("over"));
      throw error;
    }),
  ]);
  for (const channel of [a, b]) channel.abort(new Error("over"));
  return answered.status === "rejected" ? messageOf(answered.reason) : undefined;
}

/** Rounds in which `member` gives to an honest site, and is given by it: in which of them it is refused. */
async function refusals(member: Peer, { each, takes = true }: { each: (round: number) => void; takes?: boolean }) {
  const site = new Peer({ judging: true }).begin(filled(1));
  const refused: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    site.train(round);
    each(round);
    const why = await push(member, site);
    if (why !== undefined) refused.push(round);
    if (why !== undefined) assert(why.includes("it gives the same ones again and again"), why);
    if (takes) await push(site, member);
  }
  return { refused, value: site.value };
}

for (const takes of [true, false]) {
  Deno.test(`a member that always gives the same weights${takes ? "" : ", and takes none,"} is refused from the third time on`, async () => {
    const member = new Peer();
    const { refused, value } = await refusals(member, { each: (round) => member.begin(filled(1), { round }), takes });
    assertEquals(refused, [3, 4, 5]);
    // held back all the time, it would be at 1.019 where the member takes something, else at 1.014
    assert(value > 1.024, `the site is at ${value}`);
  });
}

Deno.test("who trains by nothing but takes what it is given, or trains and takes nothing, is not refused", async () => {
  const idle = new Peer().begin(filled(1));
  assertEquals((await refusals(idle, { each: (round) => idle.train(round, 0) })).refused, []);
  const deaf = new Peer();
  const each = (round: number) => deaf.begin(filled(1 + UPDATE * round), { round });
  assertEquals((await refusals(deaf, { each, takes: false })).refused, []);
});

Deno.test("however much weight a member pushes, a site's own training still moves it", async () => {
  const site = new Peer({ judging: true }).begin(filled(1));
  for (let k = 0; k < 30; k++) {
    // what it gives is the site's own vector, so that nothing else is seen of it
    const liar = new Peer().begin(site.state.snapshot().vector, { mass: 4_000, round: 1 });
    assertEquals(await push(liar, site), undefined);
  }
  const all = MEMBERS * MASS;
  assertAlmostEquals(site.state.weight, 2 * all, 1e-6);
  assertEquals(site.capped, ["other"]);
  const before = site.value;
  site.train(1);
  assertAlmostEquals(site.value - before, UPDATE * MASS / (2 * all), 1e-6);
});

Deno.test("a member whose shares are always a little farther on leads nobody anywhere within a round, however often it pushes", async () => {
  const site = new Peer({ judging: true }).begin(filled(1));
  site.train(1, 1e-3);
  const before = site.value, refused: string[] = [];
  for (let k = 0; k < 100; k++) {
    const liar = new Peer().begin(site.state.snapshot().vector.map((value) => 1.045 * value), { round: 1 + k });
    const why = await push(liar, site);
    if (why !== undefined) refused.push(why);
  }
  const most = 3 * 0.05 * before; // and a little, since the site's own norm grows
  assert(site.value - before < 1.2 * most, `it was moved by ${site.value - before}`);
  assert(refused.length > 50 && refused.every((why) => why.includes("it may pull this site by")), refused.join("\n"));
});
