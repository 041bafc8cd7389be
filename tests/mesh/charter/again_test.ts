/** What members say of their charters over lines that are cut, and while they meet. */
import { assertEquals } from "@std/assert";
import { Deadline, raceAbort } from "../../../src/core/deadline.ts";
import { enterWorld, realWorld } from "../../../src/core/world.ts";
import type { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { writeCharterFile } from "../../../src/mesh/charter/file.ts";
import { type CharterKeeper, openCharter } from "../../../src/mesh/charter/keeper.ts";
import { revoke } from "../../../src/mesh/charter/proposals.ts";
import { CHARTER_PROTOCOL } from "../../../src/mesh/charter/protocol.ts";
import { type CharteredPeers, CharterSpread } from "../../../src/mesh/charter/spread.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { newIdentity } from "../_identities.ts";
import { MemoryFiles } from "../seeded/_files.ts";
import { channelPair } from "../_streams.ts";
import { chainOf, signed } from "./_charters.ts";

const [alice, bob, carol] = await Promise.all(Array.from({ length: 3 }, newIdentity));
const older = await chainOf([alice, bob, carol]);
const newer = await older.extend(await signed(revoke(older, "c"), [alice, bob]));

/** One member and what it tells. */
class Member implements AsyncDisposable {
  readonly spread: CharterSpread;
  readonly told: string[] = [];
  /** The other one, while it is there. */
  other: Member | undefined;
  /** So many streams come to nothing from now on. */
  cuts = 0;
  readonly #ending = new AbortController();

  constructor(readonly peerId: string, readonly keeper: CharterKeeper, readonly files: MemoryFiles) {
    const use: CharteredPeers["use"] = async (_peer, _options, work) => {
      if (this.cuts-- > 0) throw new Error("the line is cut");
      const { a, b } = await channelPair();
      const served = this.other!.spread.handlers()[CHARTER_PROTOCOL].serve(b, this.peerId, this.#ending.signal);
      try {
        return await work(a);
      } finally {
        await served;
      }
    };
    const present = () => this.other ? [this.other.peerId] : [];
    this.spread = new CharterSpread({
      ...{ keeper, self: peerId, stepTimeout: 5_000, rekey: () => {}, membersChanged: () => {} },
      peers: {
        ...{ present, use, signal: this.#ending.signal, isLeaving: () => false },
        ...{ isPresent: (peer) => present().includes(peer), drop: () => {}, setMembers: () => {} },
      },
      emit: (event) => {
        if (event.type === "charter") {
          this.told.push(`version ${event.version}`);
          this.#changed.resolve();
        }
        if (event.type === "warning") this.told.push(event.message);
      },
    });
    this.spread.start();
  }

  readonly #changed = Promise.withResolvers<void>();

  /** Resolves once it goes by another version. */
  async changes(): Promise<void> {
    using limit = new Deadline(5_000, "taking a newer charter");
    await raceAbort(this.#changed.promise, limit.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.spread.stop();
  }
}

/** A member that begins with `chain`, and looks at its file after every `pollInterval` milliseconds. */
async function memberOf({ peerId }: Identity, chain: CharterChain, pollInterval = 60_000): Promise<Member> {
  const files = new MemoryFiles();
  await writeCharterFile("given", chain.versions, files);
  return new Member(peerId, await openCharter({ file: "given", stateDirectory: "state", files, pollInterval }), files);
}

/** Pauses of a second or more are noted in `pauses`, and take no time, or for ever. */
function impatient(pauses: number[], { forEver = false } = {}): Disposable {
  return enterWorld({
    ...realWorld,
    after(milliseconds, act) {
      const isPause = milliseconds >= 1_000 && milliseconds < 5_000;
      if (isPause) pauses.push(milliseconds);
      if (isPause && forEver) return { cancel: () => {} };
      return realWorld.after(isPause ? 0 : milliseconds, act);
    },
  });
}

Deno.test("a charter that could not be taken over a line that is cut is asked for again, though nobody says it anew", async () => {
  const pauses: number[] = [];
  using _ = impatient(pauses);
  await using a = await memberOf(alice, newer), b = await memberOf(bob, older);
  [a.other, b.other] = [b, a];
  b.cuts = 2;
  b.spread.met(alice.peerId, { said: older.mark, heard: newer.mark });
  await b.changes();
  assertEquals([b.keeper.chain.version, pauses], [2, [1_000, 2_000]]);
  assertEquals(b.told, ["taking its charter: the line is cut", "version 2"]);
});

Deno.test("one that is said anew while it is asked for in vain is asked for at once", async () => {
  using _ = impatient([], { forEver: true });
  await using a = await memberOf(alice, newer), b = await memberOf(bob, older);
  [a.other, b.other] = [b, a];
  b.cuts = 1;
  b.spread.met(alice.peerId, { said: older.mark, heard: newer.mark });
  b.spread.met(alice.peerId, { said: older.mark, heard: newer.mark });
  await b.changes();
  assertEquals(b.keeper.chain.version, 2);
});

Deno.test("a member is told again of a newer charter where the line was cut", async () => {
  const pauses: number[] = [];
  using _ = impatient(pauses);
  await using a = await memberOf(alice, older, 10), b = await memberOf(bob, older);
  [a.other, b.other] = [b, a];
  a.cuts = 1;
  await writeCharterFile("given", newer.versions, a.files);
  await b.changes();
  assertEquals([b.keeper.chain.version, pauses], [2, [1_000]]);
  assertEquals(a.told, ["version 2", "telling it of the charter: the line is cut"]);
});

Deno.test("a version that came while a hello was under way is told to whom the hello lets in", async () => {
  await using a = await memberOf(alice, newer), b = await memberOf(bob, older);
  [a.other, b.other] = [b, a];
  // what both said in their hellos is of before
  b.spread.met(alice.peerId, { said: older.mark, heard: older.mark });
  a.spread.met(bob.peerId, { said: older.mark, heard: older.mark });
  await b.changes();
  assertEquals([b.keeper.chain.version, b.told], [2, ["version 2"]]);
});
