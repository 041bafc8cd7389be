/**
 * Bytes that crossed the wire, by kind.
 *
 * @module
 */

/** Weights and embeddings are what a site gives away; everything else is control. */
export type TrafficKind = "weights" | "embeddings" | "control";

/** Bytes of frames, headers included, without the cost of noise and yamux. */
export interface Flow {
  /** Bytes that left. */
  sent: number;
  /** Bytes that came. */
  received: number;
}

/** Counts bytes by kind. */
export class Traffic {
  readonly #flows: Record<TrafficKind, Flow> = {
    weights: { sent: 0, received: 0 },
    embeddings: { sent: 0, received: 0 },
    control: { sent: 0, received: 0 },
  };

  /** A counter of one kind, in the form that a channel takes. */
  counter(kind: TrafficKind): (direction: keyof Flow, bytes: number) => void {
    return (direction, bytes) => {
      this.#flows[kind][direction] += bytes;
    };
  }

  /** A copy of the sums so far. */
  totals(): Record<TrafficKind, Flow> {
    return structuredClone(this.#flows);
  }
}

/** What is about to leave the site; handed over before the first byte does. */
export interface AuditRecord {
  /** Milliseconds since the epoch. */
  time: number;
  /** What leaves. */
  kind: "weights" | "embeddings" | "fingerprint";
  /** The peer id of the receiver. */
  peer: string;
  /** Of the run; 0 before it. */
  round: number;
  /** As they travel, sealed or encoded. */
  bytes: number;
  /** The root of the blob that leaves, hexadecimal; of a fingerprint, the SHA-256 of its canonical JSON (RFC 8785). */
  digest: string;
  /** Of weights that go into a sum, or out of it: of how many members, and whether masked as one's own or of all. */
  sum?: { members: number; part: "own, masked" | "all" };
}

/** Told, and awaited, before bytes leave; if it throws they do not leave. */
export type Audit = (record: AuditRecord) => void | Promise<void>;
