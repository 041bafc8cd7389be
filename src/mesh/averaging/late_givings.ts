/**
 * What is given to late peers: one snapshot for all who ask while it is under way, one giving a peer, and no more of them
 * than a late peer needs.
 *
 * @module
 */
import { bytesOf, own as ownBytes } from "../../core/bytes.ts";
import { AnySignal, raceAbort } from "../../core/deadline.ts";
import { world } from "../../core/world.ts";
import { ChannelClosedError, type FrameChannel } from "../protocols/channel.ts";
import { Pace } from "../protocols/pace.ts";
import { pieceBytesFor, requireFits } from "../protocols/line.ts";
import { makeBlob } from "../protocols/pieces.ts";
import type { Audit } from "../protocols/traffic.ts";
import type { WaitOptions } from "./_messages.ts";
import { giveLateState, type LateBlobs, type LateState } from "./late_state.ts";
import type { Snapshot, State } from "./state.ts";

/**
 * How long a state whose transfer was cut is held for who asks again, in milliseconds; dropped when the next one asks.
 */
const CUT_AGE = 600_000;

/** Snapshots of different rounds of a training at a time; whoever asks beyond that is given the latest of them. */
const MOST_SNAPSHOTS = 2;

/** Each giving writes a line or two into the audit log: a peer that is cut all the time asks every half minute. */
const PACE = { burst: 8, interval: 10_000 };

/** Options of {@linkcode LateGivings}. */
export interface LateGivingsOptions {
  stepTimeout: number;
  audit: Audit;
  /** What is given of the owner's optimiser now. */
  optimiser: () => Uint8Array | undefined;
}

interface Given {
  /** Of the training that it is of: the asker is in that one. */
  layout: string;
  round: number;
  /** Of a piece. */
  pieceBytes: number;
  blobs: Promise<LateBlobs>;
  takers: number;
}

/** Gives states to late peers. */
export class LateGivings {
  readonly #options: LateGivingsOptions;
  readonly #pace = new Pace(PACE);
  readonly #givings = new Map<string, AbortController>();
  /** Those under way, the latest last. */
  readonly #given = new Set<Given>();
  #cut: { layout: string; pieceBytes: number; blobs: LateBlobs; at: number } | undefined;

  /** Nothing is copied before somebody asks. */
  constructor(options: LateGivingsOptions) {
    this.#options = options;
  }

  /**
   * Gives `state` to `peer`: the one that it has pieces of, if its transfer was cut, else the present one. One that it
   * asked for before ends: a peer whose line was cut asks again before this side has noticed.
   *
   * @throws {LineTooSmallError} if a relay between the two allows too little; nothing has left then.
   */
  async give(
    channel: FrameChannel,
    peer: string,
    { kept, state, signal }: { kept: readonly string[]; state: State; signal?: AbortSignal },
  ): Promise<void> {
    // the vector, and beside it as a rule two of the optimiser, which are one transfer
    requireFits(8 * state.length, channel.line);
    const shown = state.shown();
    if (!shown || !this.#pace.take(peer)) return await channel.sendMessage({ type: "busy" }, signal);
    this.#givings.get(peer)?.abort(new ChannelClosedError("it has asked again"));
    const ending = new AbortController();
    this.#givings.set(peer, ending);
    using either = new AnySignal(signal, ending.signal);
    const given = this.#take(state.layout, shown, { kept, pieceBytes: pieceBytesFor(channel.line) });
    try {
      const blobs = await given.blobs;
      const options: WaitOptions & { audit: Audit } = { ...this.#options, signal: either.signal };
      await raceAbort(giveLateState(channel, { peer, blobs }, options), either.signal).catch((error) => {
        this.#cut = { layout: given.layout, pieceBytes: given.pieceBytes, blobs, at: world.elapsed() };
        throw error;
      });
    } finally {
      if (--given.takers === 0) this.#given.delete(given);
      if (this.#givings.get(peer) === ending) this.#givings.delete(peer);
    }
  }

  #take(
    layout: string,
    shown: Snapshot,
    { kept, pieceBytes }: { kept: readonly string[]; pieceBytes: number },
  ): Given {
    const cut = this.#cut;
    this.#cut = undefined;
    // the pieces are those that the line carries
    const isAlike = (one: { layout: string; pieceBytes: number }) =>
      one.layout === layout && one.pieceBytes === pieceBytes;
    const isKnown = cut && isAlike(cut) && kept.includes(cut.blobs.vector.root) &&
      world.elapsed() - cut.at < CUT_AGE;
    const givings = [...this.#given].filter(isAlike);
    const latest = givings.at(-1);
    const isShared = latest && (latest.round === shown.round || givings.length >= MOST_SNAPSHOTS);
    const given = isKnown
      ? { layout, pieceBytes, round: cut.blobs.round, blobs: Promise.resolve(cut.blobs), takers: 0 }
      : isShared
      ? latest
      : {
        layout,
        pieceBytes,
        round: shown.round,
        blobs: blobsOf({ ...shown, optimiser: this.#options.optimiser() }, pieceBytes),
        takers: 0,
      };
    given.takers++;
    if (!isKnown) this.#given.add(given);
    return given;
  }
}

async function blobsOf({ vector, mass, round, optimiser }: LateState, pieceBytes: number): Promise<LateBlobs> {
  return {
    ...{ mass, round, vector: await makeBlob(bytesOf(vector), pieceBytes) },
    ...(optimiser && { optimiser: await makeBlob(ownBytes(optimiser), pieceBytes) }),
  };
}
