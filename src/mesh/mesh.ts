/**
 * The mesh as a peer sees it: members come and go, weights are averaged with whoever is there, features are exchanged
 * sealed.
 *
 * It only puts its parts together and passes on what one has to tell another: `connections/` has the node, finds the
 * members (`finding/`) and lets them in (`admission/`), `charter/` says who they are, `averaging/` mixes weights,
 * `standings.ts` tells by `heads/` where everybody stands, and `agreement.ts` how far apart they are, `anchors/` holds
 * the heads of the members' audit logs, `plans/` what they say towards one plan, and `features/` gives sealed embeddings
 * (`envelope/`) to those whom a head tells of them.
 *
 * @module
 */
import { messageOf } from "../core/errors.ts";
import { EventStream } from "../core/event_stream.ts";
import type { RemoteFeatures, RoundFeatures } from "../core/features.ts";
import { Rng } from "../core/rng.ts";
import type { Service } from "../core/service.ts";
import type { PlaceEvent } from "./admission/places.ts";
import { Conduct } from "./admission/conduct.ts";
import { Agreement } from "./agreement.ts";
import { AnchorSpread } from "./anchors/spread.ts";
import { Averaging } from "./averaging/averaging.ts";
import type { LateState } from "./averaging/late_state.ts";
import { CharterSpread } from "./charter/spread.ts";
import { Connections } from "./connections/connections.ts";
import type { UnansweredAddress } from "./finding/address_watch.ts";
import { nextEpoch } from "./envelope/sender_keys.ts";
import type { MemberStatus, MeshEvent } from "./events.ts";
import { FeatureSharing } from "./features/sharing.ts";
import type { FeatureDigest, Head } from "./heads/head.ts";
import { headsTopic } from "./heads/heads.ts";
import { memberStatuses } from "./member_status.ts";
import { type CheckedMeshOptions, checkMeshOptions, type MeshOptions } from "./options.ts";
import { Background } from "./protocols/background.ts";
import { newPlace } from "./protocols/place.ts";
import type { ChannelHandler } from "./protocols/peers.ts";
import { type Flow, Traffic, type TrafficKind } from "./protocols/traffic.ts";
import { RepeatedWarnings } from "./repeated_warnings.ts";
import { Standings } from "./standings.ts";

/** Everything that only a running mesh has. */
interface Running {
  features: FeatureSharing;
  standings: Standings;
  anchors: AnchorSpread;
}

/** One peer's place in the mesh. */
export class Mesh implements Service {
  /** This peer's id. */
  readonly peerId: string;
  /** What happens; see {@linkcode MeshEvent}. */
  readonly events: EventStream<MeshEvent> = new EventStream();
  /** Gossip averaging of one flat vector. */
  readonly averaging: Averaging;
  /** Sealed embeddings. */
  readonly features = {
    /**
     * Seals embeddings, keeps them for members who ask, and announces their digest. @throws {RangeError} if malformed.
     */
    release: async (value: RoundFeatures): Promise<FeatureDigest> => {
      const { features, standings } = this.#started();
      const released = await features.release(value);
      await standings.announce();
      return released;
    },
    /** The latest embeddings of every remote. */
    remote: (): RemoteFeatures[] => this.#started().features.remote().filter(({ peer }) => this.#isHeard(peer)),
  };
  readonly #options: CheckedMeshOptions;
  readonly #traffic = new Traffic();
  readonly #connections: Connections;
  readonly #charter: CharterSpread | undefined;
  readonly #background: Background;
  readonly #conduct: Conduct;
  readonly #agreement: Agreement;
  readonly #warnings = new RepeatedWarnings((warning) => this.events.emit(warning));
  #running: Running | undefined;
  /** Lets go of the signal that was given to start(). */
  #unfollow = () => {};

  /** Nothing is opened before {@linkcode Mesh.start}. @throws {UserError} if an option is not acceptable. */
  constructor(options: MeshOptions) {
    this.#options = checkMeshOptions(options);
    const { identity, stateDirectory, seed, stepTimeout, logger, charter: keeper } = this.#options;
    this.peerId = identity.peerId;
    const rng = new Rng(seed).fork(`mesh/${this.peerId}`);
    this.#connections = new Connections({
      ...this.#options,
      addressBook: `${stateDirectory}/addresses.json`,
      topic: headsTopic(this.#options.consortium),
      rng: rng.fork("redial"),
      traffic: this.#traffic,
      charter: keeper && (() => keeper.chain.mark),
      metCharter: (peer, marks) => this.#charter?.met(peer, marks),
      joined: (peer) => this.#joined(peer),
      left: (peer, goodbye) => this.events.emit({ type: "peer-left", peer, goodbye }),
      refused: (peer, reason) => this.events.emit({ type: "peer-refused", peer, reason }),
      split: (event) => this.events.emit(event),
      place: (event) => this.#onPlace(event),
      warn: this.#warn,
      debug: logger,
    });
    this.#background = new Background({ signal: this.#connections.signal, warn: this.#warn });
    this.#charter = keeper && new CharterSpread({
      keeper,
      peers: this.#connections,
      self: this.peerId,
      stepTimeout,
      rekey: () => this.rekey(),
      membersChanged: (members) => {
        this.#options.membersChanged(members);
        this.#options.plan?.membersChanged();
      },
      emit: this.#emit,
    });
    this.#conduct = new Conduct({ emit: (event) => this.events.emit(event) });
    const trust = {
      announced: () => this.#started().standings.announcements(),
      whyPaused: (peer: string) => this.#conduct.whyPaused(peer),
      offence: (peer: string, what: string) => this.#conduct.offence(peer, what),
      good: (peer: string) => this.#conduct.good(peer),
    };
    this.averaging = new Averaging({
      ...this.#options,
      ...(this.#options.believe === "likely" && { trust }),
      members: () => this.#connections.admission.members(),
      peers: this.#connections,
      rng: rng.fork("partners"),
      emit: this.#emit,
    });
    this.#agreement = new Agreement(this.averaging, () => this.heads());
  }

  /** Listens, and begins to look for the others. @throws {UserError} if an address cannot be listened on. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { identity, consortium, stateDirectory, stepTimeout, charter, audit, auditLog: log, files, logger: debug } =
      this.#options;
    const epoch = await nextEpoch(`${stateDirectory}/epoch`, files);
    const features = new FeatureSharing({
      ...{ identity, consortium, epoch, stepTimeout, audit },
      ...{ peers: this.#connections, traffic: this.#traffic, background: this.#background },
      isPaused: (peer) => this.#conduct.isPaused(peer),
      offence: (peer, what) => this.blame(peer, what),
      emit: this.#emit,
    });
    const onAbort = () => void this.stop().catch((error) => debug(`stopping: ${messageOf(error)}`));
    try {
      const anchors = await AnchorSpread.open(`${stateDirectory}/anchors.json`, {
        ...{ identity, consortium, epoch, log, stepTimeout, files, warn: this.#warn, debug },
        peers: this.#connections,
      });
      const place = await newPlace(identity, consortium, epoch);
      await this.#connections.build(place, { ...this.#handlers(features), ...anchors.handlers() });
      const standings = new Standings({
        ...{ consortium, epoch, stepTimeout, features, self: this.peerId, warn: this.#warn },
        ...{ connections: this.#connections, averaging: this.averaging },
        ...{ traffic: this.#traffic, background: this.#background },
        isHeard: (peer) => this.#isHeard(peer),
        told: (peer, { round }) => this.events.emit({ type: "head", peer, round }),
      });
      this.#running = { features, standings, anchors };
      this.#options.plan?.connect({
        ...{ peers: this.#connections, stepTimeout, audit, warn: this.#warn, debug },
        others: () => this.#connections.admission.members().filter((peer) => peer !== this.peerId),
        wasMember: (peer) =>
          charter?.chain.versions.some(({ members }) => members.some((one) => one.peer === peer)) ?? false,
      });
      this.#charter?.start();
      await this.#connections.start(() => standings.start(), () => void standings.announce());
      await standings.announce();
      signal?.throwIfAborted();
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#unfollow = () => signal?.removeEventListener("abort", onAbort);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Hangs up, and ends the stream of events. */
  async stop(): Promise<void> {
    this.#unfollow();
    this.#running?.standings.stop();
    await this.#connections.stop();
    await this.#background.ended();
    await this.#running?.anchors.stop();
    await this.#charter?.stop();
    await this.#options.plan?.stop();
    this.#warnings.endRound();
    this.events.close();
  }

  /** The multiaddrs that others reach this peer at, with its id. */
  addresses(): string[] {
    return this.#connections.addresses();
  }

  /** All members but this peer, present or not. */
  members(): MemberStatus[] {
    return memberStatuses(this.#connections, this.#conduct).filter(({ peer }) => peer !== this.peerId);
  }

  /** The addresses of `mesh.bootstrap` and `mesh.relays` that have not answered so far, and why. */
  unanswered(): UnansweredAddress[] {
    return this.#connections.finding.configured.unanswered();
  }

  /** Tells everybody where this peer stands: round, figures, a sketch of its weights, the digest of its features. */
  async announceHead(head: { round: number; metrics?: Record<string, number> }): Promise<void> {
    const { standings, anchors } = this.#started();
    this.#warnings.endRound();
    await standings.announce(head);
    void anchors.announce();
  }

  /**
   * Gives the members that are there the latest head of the site's audit log, which goes with every announced head,
   * too; for the end of a run. Does not wait for one that does not take it soon, and never throws.
   */
  async anchorAuditLog(): Promise<void> {
    await this.#started().anchors.announceInTime();
  }

  /** The latest head of every member that is not paused. */
  heads(): Map<string, Head> {
    return this.#started().standings.latest();
  }

  /** What `peer` released cannot be used: why, as a sentence. */
  blame(peer: string, what: string): void {
    if (this.#options.believe === "likely") this.#conduct.offence(peer, what);
  }

  /**
   * Consensus distance over this peer and all remotes whose heads carry a sketch of the same layout; NaN where none
   * does.
   */
  async consensus(): Promise<number> {
    return await this.#agreement.distance();
  }

  /**
   * A member's state to go on from, where this peer's weights are far from those that others agree on, by what all
   * announced last; to be asked once a round, see {@linkcode Averaging.comeBack}.
   */
  async comeBack(signal?: AbortSignal): Promise<LateState | undefined> {
    return this.#options.believe === "likely" ? await this.#agreement.comeBack(signal) : undefined;
  }

  /** The round that this peer announced last; 0 before the first. */
  get announcedRound(): number {
    return this.#running?.standings.announced?.round ?? 0;
  }

  /** A new sender key: what is released from now on cannot be read with the old one. */
  rekey(): void {
    this.#started().features.rekey();
  }

  /** Bytes sent and received so far, by kind. */
  bytes(): Record<TrafficKind, Flow> {
    return this.#traffic.totals();
  }

  #started(): Running {
    if (!this.#running) throw new Error("the mesh has not been started");
    return this.#running;
  }

  #isHeard(peer: string): boolean {
    return this.#connections.admission.isMember(peer) && !this.#conduct.isPaused(peer);
  }

  #handlers(features: FeatureSharing): Record<string, ChannelHandler> {
    return {
      ...this.#charter?.handlers(),
      ...this.averaging.handlers(),
      ...this.#options.plan?.handlers(),
      ...features.handlers((peer) => this.#connections.admission.hpkePublicKey(peer)!),
      ...Standings.handlers(() => this.#started().standings),
    };
  }

  #onPlace(event: PlaceEvent): void {
    this.events.emit(event);
    // its head says so from now on
    if (event.type === "key-elsewhere") void this.#running?.standings.announce();
  }

  #joined(peer: string): void {
    this.events.emit({ type: "peer-joined", peer });
    // announcements made before this moment did not reach either side
    this.#running?.standings.swap(peer);
    this.#running?.anchors.joined(peer);
    this.#options.plan?.joined(peer);
  }

  readonly #emit = (event: MeshEvent) => {
    if (event.type === "warning") this.#warnings.tell(event);
    else this.events.emit(event);
  };

  readonly #warn = (message: string, peer?: string) => this.#emit({ type: "warning", message, peer });
}
