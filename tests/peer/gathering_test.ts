/** How a peer waits for the others. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EventStream } from "../../src/core/event_stream.ts";
import { UserError } from "../../src/core/errors.ts";
import { enterWorld, realWorld } from "../../src/core/world.ts";
import type { MeshEvent } from "../../src/mesh/events.ts";
import { awaitQuorum, requireQuorum, waitForOthers } from "../../src/peer/_gathering.ts";
import type { Run } from "../../src/peer/_run.ts";

/** A mesh of members of whom some are there, each in its round, and how often it was asked for them. */
class ToldMesh {
  readonly events = new EventStream<MeshEvent>();
  readonly there = new Set<string>();
  readonly paused = new Set<string>();
  readonly rounds = new Map<string, number>();
  asked = 0;

  members() {
    this.asked++;
    return ["a", "b", "c"].map((peer) => ({
      ...{ peer, admitted: this.there.has(peer), conduct: { paused: this.paused.has(peer) } },
    }));
  }

  heads() {
    return new Map([...this.rounds].map(([peer, round]) => [peer, { round }]));
  }

  join(peer: string): void {
    this.there.add(peer);
    this.events.emit({ type: "peer-joined", peer });
  }

  leave(peer: string): void {
    this.there.delete(peer);
    this.events.emit({ type: "peer-left", peer, goodbye: true });
  }

  announce(peer: string, round: number): void {
    this.rounds.set(peer, round);
    this.events.emit({ type: "head", peer, round });
  }

  run(settings: { quorum?: number; patience?: number }, others: object = {}) {
    const told: string[] = [];
    const emit = ({ message }: { message: string }) => told.push(message);
    return { run: { mesh: this, emit, configuration: { mesh: settings }, ...others } as unknown as Run, told };
  }
}

/** A wait whose end is known. */
function watched(waiting: Promise<void>) {
  const seen = { isOver: false, waiting: waiting.then(() => void (seen.isOver = true)) };
  return seen;
}

/** Resolves when everything that is due has been done. */
const soon = () => new Promise((resolve) => setTimeout(resolve));

/** A clock that stands still until it is moved on. */
class MovedClock {
  now = 0;
  readonly #timers: { at: number; act: () => void }[] = [];

  /** Puts the program under it, until what is returned is disposed of. */
  enter(): Disposable {
    return enterWorld({
      ...realWorld,
      elapsed: () => this.now,
      after: (milliseconds, act) => {
        const timer = { at: this.now + milliseconds, act };
        this.#timers.push(timer);
        return { cancel: () => void (timer.at = Infinity) };
      },
    });
  }

  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    for (const { act } of this.#timers.filter(({ at }) => at <= this.now)) act();
    await soon();
  }
}

Deno.test("members that are there are waited for until they are as far, those that are away or leave are not", async () => {
  using _world = new MovedClock().enter();
  const mesh = new ToldMesh();
  mesh.join("a");
  mesh.join("b");
  mesh.announce("a", 2);
  const wait = watched(waitForOthers(mesh.run({ patience: 60_000 }).run, 2));
  mesh.announce("b", 1);
  await soon();
  assertEquals(wait.isOver, false);
  mesh.announce("b", 2);
  await wait.waiting;
  await waitForOthers(mesh.run({ patience: 60_000 }).run, 2); // c is away
  const leaving = watched(waitForOthers(mesh.run({ patience: 60_000 }).run, 3));
  mesh.announce("a", 3);
  await soon();
  assertEquals(leaving.isOver, false);
  mesh.leave("b");
  await leaving.waiting;
});

Deno.test("nobody is waited for beyond the patience", async () => {
  const clock = new MovedClock();
  using _world = clock.enter();
  const mesh = new ToldMesh();
  mesh.join("a");
  await waitForOthers(mesh.run({ patience: 0 }).run, 1000);
  const wait = watched(waitForOthers(mesh.run({ patience: 90_000 }).run, 1000));
  await clock.pass(60_000);
  assertEquals(wait.isOver, false);
  await clock.pass(30_000);
  assertEquals(wait.isOver, true);
});

Deno.test("a site waits until so many are there, says so once, and not where it wants nobody", async () => {
  const mesh = new ToldMesh();
  const { run, told } = mesh.run({ quorum: 2 });
  const wait = watched(awaitQuorum(run));
  mesh.join("a");
  mesh.leave("a");
  mesh.join("b");
  await soon();
  assertEquals(wait.isOver, false);
  mesh.join("a");
  await wait.waiting;
  assertEquals(told, ['waits for 2 more member(s): "mesh.quorum" is 2']);
  const none = mesh.run({ quorum: 0 });
  await awaitQuorum(none.run);
  assertEquals(none.told, []);
});

Deno.test("a site that waits looks when the mesh tells something, and in between once a minute, for what nobody tells", async () => {
  const clock = new MovedClock();
  using _world = clock.enter();
  const mesh = new ToldMesh();
  const wait = watched(awaitQuorum(mesh.run({ quorum: 1 }).run));
  await clock.pass(59_000);
  assertEquals(mesh.asked, 2); // whether to wait, and again once it would be told
  mesh.events.emit({ type: "peer-refused", peer: "a", reason: "it is unknown" });
  await soon();
  assertEquals(mesh.asked, 3);
  mesh.paused.add("a");
  mesh.join("a");
  await soon();
  assertEquals([mesh.asked, wait.isOver], [4, false]);
  mesh.paused.delete("a");
  await clock.pass(60_000);
  assertEquals(wait.isOver, true);
});

Deno.test("what the mesh tells after a look that it has not called for is not missed", async () => {
  const clock = new MovedClock();
  using _world = clock.enter();
  const mesh = new ToldMesh();
  const wait = watched(awaitQuorum(mesh.run({ quorum: 1 }).run));
  await clock.pass(60_000);
  mesh.join("a");
  await soon();
  assertEquals(wait.isOver, true);
});

Deno.test("a quorum is not waited for beyond the time of the run, when it is ended, or when the mesh has stopped", async () => {
  const clock = new MovedClock();
  using _world = clock.enter();
  const mesh = new ToldMesh();
  mesh.join("a");
  const budget = {
    get left() {
      return Math.max(0, 90 - clock.now / 1000);
    },
  };
  const short = watched(awaitQuorum(mesh.run({ quorum: 2 }, { budget }).run));
  await clock.pass(60_000);
  assertEquals(short.isOver, false);
  await clock.pass(30_000);
  assertEquals(short.isOver, true);
  const ending = new AbortController();
  const ended = awaitQuorum(mesh.run({ quorum: 2 }, { signal: ending.signal }).run);
  ending.abort(new Error("ended"));
  await assertRejects(() => ended, Error, "ended");
  const stopped = awaitQuorum(mesh.run({ quorum: 2 }).run);
  mesh.events.close();
  await stopped;
});

Deno.test("a quorum of more than all others is refused", () => {
  const membership = { members: ["a", "b", "c"], identity: { peerId: "a" } } as unknown as Parameters<
    typeof requireQuorum
  >[1];
  requireQuorum(2, membership);
  assertThrows(() => requireQuorum(3, membership), UserError, "at most the number of other members, 2");
});
