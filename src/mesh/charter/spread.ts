/**
 * A charter at work in the mesh: newer versions are taken from members and passed on to them, and what is in force
 * decides who is let in. Who is removed is hung up on, and the sender key of this peer is renewed, so that it reads
 * nothing that is released afterwards.
 *
 * What a removed member had contributed to the average stays in it: the average cannot be taken apart.
 *
 * @module
 */
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import { type Bytes, fromBase64 } from "../../core/bytes.ts";
import { pauseAfter } from "../protocols/pauses.ts";
import type { ChannelHandler, Peers, Warning } from "../protocols/peers.ts";
import { type Charter, CharterError } from "./charter.ts";
import { holdsMore } from "./catch_up.ts";
import type { CharterFork } from "./fork.ts";
import type { CharterKeeper } from "./keeper.ts";
import type { CharterMark } from "./mark.ts";
import { answerCharter, askCharter, CHARTER_PROTOCOL, endAsking, tellCharter } from "./protocol.ts";

/** What happens to the charter of a running peer. */
export type CharterEvent =
  /** A newer version of the charter is in force, from `peer` or, without one, from the site's own file. */
  | { type: "charter"; peer?: string; version: number; added: string[]; removed: string[] }
  /** There is another valid charter of a version that this peer holds, and stays with; `message` says so to people. */
  | { type: "charter-fork"; message: string; peer?: string } & CharterFork
  | Warning;

/** The other peers, and what decides who of them is let in. */
export interface CharteredPeers extends Peers {
  /** Who belongs from now on, with their sealing keys: whoever was removed is hung up on, whoever is new is called. */
  setMembers(members: ReadonlyMap<string, Bytes>): void;
}

/** What {@linkcode CharterSpread} works with. */
export interface CharterSpreadOptions {
  keeper: CharterKeeper;
  peers: CharteredPeers;
  /** This peer's id. */
  self: string;
  stepTimeout: number;
  /** A member was removed: a new sender key is due. */
  rekey: () => void;
  /** The peer ids that belong from now on. */
  membersChanged: (members: readonly string[]) => void;
  emit: (event: CharterEvent) => void;
}

const LINK = { protocol: CHARTER_PROTOCOL, kind: "control" } as const;

/** Keeps a mesh at the newest version that its members hold. */
export class CharterSpread {
  readonly #options: CharterSpreadOptions;
  /** What each peer said last that it holds, while it is being asked; `again` resolves when it says it anew. */
  readonly #asking = new Map<string, { mark: CharterMark; again: PromiseWithResolvers<void> }>();
  readonly #background = new Set<Promise<void>>();

  constructor(options: CharterSpreadOptions) {
    this.#options = options;
  }

  /** What the node serves. */
  handlers(): Record<string, ChannelHandler> {
    const serve: ChannelHandler["serve"] = async (channel, peer, signal) => {
      const { keeper, stepTimeout } = this.#options;
      const mark = await answerCharter(channel, keeper.chain, { signal, stepTimeout });
      if (mark) this.heard(peer, mark);
    };
    return { [CHARTER_PROTOCOL]: { kind: "control", doing: "handing out the charter", serve } };
  }

  /** Puts the version in force to work, and begins to look for newer ones. */
  start(): void {
    const { keeper, emit } = this.#options;
    this.#apply(keeper.chain.newest);
    keeper.start({
      changed: (before, after, from) => this.#changed(before, after, from),
      forked: (fork, message, peer) => emit({ type: "charter-fork", ...fork, message, peer }),
      warn: (message) => emit({ type: "warning", message }),
    });
  }

  /** Ends asking; the connections must have been stopped before. */
  async stop(): Promise<void> {
    await Promise.all(this.#background);
    await this.#options.keeper.stop();
  }

  /** A hello with `peer`, an accepted member, in which this peer `said` what it held and `heard` what the other does. */
  met(peer: string, { said, heard }: { said: CharterMark; heard: CharterMark }): void {
    this.heard(peer, heard);
    // a newer one has come since, when the other was not there yet to be told
    if (said.digest !== this.#options.keeper.chain.mark.digest) this.#tell(peer);
  }

  /** `peer`, an accepted member, says what it holds. */
  heard(peer: string, mark: CharterMark): void {
    if (!holdsMore(this.#options.keeper.chain, mark)) return;
    const asked = this.#asking.get(peer);
    this.#asking.set(peer, { mark, again: Promise.withResolvers() });
    if (asked) asked.again.resolve();
    else this.#inBackground(this.#followAll(peer));
  }

  async #followAll(peer: string): Promise<void> {
    try {
      let followed: CharterMark | undefined;
      for (let asked = this.#asking.get(peer)!; asked.mark !== followed; asked = this.#asking.get(peer)!) {
        const { mark, again } = asked;
        const isDone = await this.#whileThere(
          peer,
          "taking its charter",
          () => this.#follow(peer, mark),
          again.promise,
        );
        if (!isDone && this.#asking.get(peer) === asked) return;
        if (isDone) followed = mark;
      }
    } finally {
      this.#asking.delete(peer);
    }
  }

  async #follow(peer: string, mark: CharterMark): Promise<void> {
    const { keeper, peers, stepTimeout } = this.#options;
    const { signal } = peers;
    await peers.use(peer, LINK, async (channel) => {
      await keeper.follow(peer, mark, (version) => askCharter(channel, version, { signal, stepTimeout }));
      await endAsking(channel, signal);
    });
  }

  #changed(before: Charter, after: Charter, from?: string): void {
    const { self, rekey, emit, peers } = this.#options;
    const [was, is] = [before, after].map(({ members }) => members.map(({ peer }) => peer));
    const added = is.filter((peer) => !was.includes(peer));
    const removed = was.filter((peer) => !is.includes(peer));
    this.#apply(after);
    if (removed.length > 0) rekey();
    emit({ type: "charter", peer: from, version: after.version, added, removed });
    if (removed.includes(self)) {
      const message = `this peer is no member any more, by version ${after.version} of the charter`;
      return emit({ type: "warning", message });
    }
    for (const peer of peers.present()) if (peer !== from) this.#tell(peer);
  }

  #tell(peer: string): void {
    const { keeper, peers } = this.#options;
    const tell = () => peers.use(peer, LINK, (channel) => tellCharter(channel, keeper.chain.mark, peers.signal));
    this.#inBackground(this.#whileThere(peer, "telling it of the charter", tell));
  }

  #apply({ members }: Charter): void {
    const { peers, self, membersChanged } = this.#options;
    // whoever is none itself has nobody to give anything to
    const belong = members.some(({ peer }) => peer === self) ? members : [];
    peers.setMembers(new Map(belong.map(({ peer, hpkePublicKey }) => [peer, fromBase64(hpkePublicKey)])));
    membersChanged(belong.map(({ peer }) => peer));
  }

  /**
   * Does `work` with `peer`, again after a while where it comes to nothing, as by a line that is cut: the two may
   * be there for each other all the while, by another connection. Not where the peer has gone, which says hello when it comes again, nor
   * where what it sends is no valid charter. Never throws.
   *
   * @param replaced resolves when something else is to be done in its place, which ends a wait
   * @returns whether it was done
   */
  async #whileThere(
    peer: string,
    doing: string,
    work: () => Promise<void>,
    replaced: Promise<void> = new Promise(() => {}),
  ): Promise<boolean> {
    const { peers, emit } = this.#options;
    for (let failures = 1;; failures++) {
      try {
        await work();
        return true;
      } catch (error) {
        if (peers.signal.aborted || !peers.isPresent(peer)) return false;
        if (failures === 1) emit({ type: "warning", message: `${doing}: ${messageOf(error)}`, peer });
        if (error instanceof CharterError) return false;
      }
      using limit = new Deadline(pauseAfter(failures), doing, peers.signal);
      const isReplaced = await raceAbort(replaced, limit.signal).then(() => true, () => false);
      if (isReplaced || peers.signal.aborted || !peers.isPresent(peer)) return false;
    }
  }

  #inBackground(work: Promise<unknown>): void {
    const task = work.then(() => {}).finally(() => this.#background.delete(task));
    this.#background.add(task);
  }
}
