/**
 * A charter at work in the mesh: newer versions are taken from members and passed on to them, and what is in force
 * decides who is let in. Who is removed is hung up on, and the sender key of this peer is renewed, so that it reads
 * nothing that is released afterwards.
 *
 * What a removed member had contributed to the average stays in it: the average cannot be taken apart.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import { fromBase64 } from "../../core/bytes.ts";
import type { ChannelHandler, Connections } from "../connections/connections.ts";
import type { MeshEvent } from "../events.ts";
import type { Charter } from "./charter.ts";
import type { CharterMark } from "./chain.ts";
import { holdsMore } from "./catch_up.ts";
import type { CharterKeeper } from "./keeper.ts";
import { answerCharter, askCharter, CHARTER_PROTOCOL, endAsking, tellCharter } from "./protocol.ts";

/** What {@linkcode CharterSpread} works with. */
export interface CharterSpreadOptions {
  keeper: CharterKeeper;
  connections: Connections;
  /** This peer's id. */
  self: string;
  stepTimeout: number;
  /** A member was removed: a new sender key is due. */
  rekey: () => void;
  /** The peer ids that belong from now on. */
  membersChanged: (members: readonly string[]) => void;
  emit: (event: MeshEvent) => void;
}

const LINK = { protocol: CHARTER_PROTOCOL, kind: "control" } as const;

/** Keeps a mesh at the newest version that its members hold. */
export class CharterSpread {
  readonly #options: CharterSpreadOptions;
  /** The newest that each peer said it holds, while it is being asked. */
  readonly #asking = new Map<string, CharterMark>();
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

  /** `peer`, an accepted member, says what it holds. */
  heard(peer: string, mark: CharterMark): void {
    if (!holdsMore(this.#options.keeper.chain, mark)) return;
    const isAsked = this.#asking.has(peer);
    this.#asking.set(peer, mark);
    if (!isAsked) this.#inBackground(peer, "taking its charter", () => this.#followAll(peer));
  }

  async #followAll(peer: string): Promise<void> {
    try {
      let followed: CharterMark | undefined;
      for (let mark = this.#asking.get(peer)!; mark !== followed; mark = this.#asking.get(peer)!) {
        await this.#follow(peer, mark);
        followed = mark;
      }
    } finally {
      this.#asking.delete(peer);
    }
  }

  async #follow(peer: string, mark: CharterMark): Promise<void> {
    const { keeper, connections, stepTimeout } = this.#options;
    const { signal } = connections;
    await connections.use(peer, LINK, async (channel) => {
      await keeper.follow(peer, mark, (version) => askCharter(channel, version, { signal, stepTimeout }));
      await endAsking(channel, signal);
    });
  }

  #changed(before: Charter, after: Charter, from?: string): void {
    const { keeper, self, rekey, emit, connections } = this.#options;
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
    for (const peer of connections.admission.present()) {
      if (peer === from) continue;
      this.#inBackground(peer, "telling it of the charter", () => {
        return connections.use(peer, LINK, (channel) => tellCharter(channel, keeper.chain.mark, connections.signal));
      });
    }
  }

  #apply({ members }: Charter): void {
    const { connections, self, membersChanged } = this.#options;
    // whoever is none itself has nobody to give anything to
    const belong = members.some(({ peer }) => peer === self) ? members : [];
    connections.setMembers(new Map(belong.map(({ peer, hpkePublicKey }) => [peer, fromBase64(hpkePublicKey)])));
    membersChanged(belong.map(({ peer }) => peer));
  }

  #inBackground(peer: string, doing: string, work: () => Promise<void>): void {
    const { connections, emit } = this.#options;
    const task = work().catch((error) => {
      if (connections.signal.aborted || !connections.admission.connectionTo(peer)) return;
      emit({ type: "warning", message: `${doing}: ${messageOf(error)}`, peer });
    }).finally(() => this.#background.delete(task));
    this.#background.add(task);
  }
}
