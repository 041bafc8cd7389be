/**
 * Where the payloads of frames are put as they come: at once into their place where they have been announced, else into
 * the memory of payloads before them. Fresh memory costs more than to fill it.
 *
 * @module
 */
import { equals } from "@std/bytes/equals";
import type { Bytes } from "../../core/bytes.ts";

/** Payloads whose memory is kept: pieces that are under way at a time. */
const MOST_SPARE = 2;

/** Raw bytes that have been announced. */
export interface DuePayload {
  /** SHA-256 of them, as their frame's header names it. */
  readonly digest: Bytes;
  /** As long as they. */
  readonly place: Bytes;
}

/** Memory for one payload, which holds anything. */
export interface PayloadMemory {
  readonly bytes: Bytes;
  readonly due?: DuePayload;
}

/** The memory for the payloads of one channel. */
export class PayloadMemories {
  readonly #spare: Bytes[] = [];
  #due: DuePayload[] = [];

  /** Raw bytes will come, after those that were announced before. */
  expect(due: DuePayload): void {
    this.#due.push(due);
  }

  /** What was announced is waited for no more: nothing is written to its place from now on. */
  expectNone(): void {
    this.#due = [];
  }

  /** For a payload as its frame's header has it. */
  take({ kind, length, digest }: { kind: string; length: number; digest: Bytes }): PayloadMemory {
    const isMeant = (due: DuePayload) => due.place.length === length && equals(due.digest, digest);
    const due = kind === "bytes" ? this.#due.find(isMeant) : undefined;
    if (due) return { bytes: due.place, due };
    const found = this.#spare.findIndex((spare) => spare.length === length);
    return { bytes: found < 0 ? new Uint8Array(length) : this.#spare.splice(found, 1)[0] };
  }

  /** Writes `part` of a payload, if it is still waited for. */
  write({ bytes, due }: PayloadMemory, part: Uint8Array, offset: number): void {
    if (!due || this.#due.includes(due)) bytes.set(part, offset);
  }

  /** The payload has come as a whole. @returns whether it is still waited for, so that it has been written. */
  close({ due }: PayloadMemory): boolean {
    if (!due) return true;
    const index = this.#due.indexOf(due);
    if (index >= 0) this.#due.splice(index, 1);
    return index >= 0;
  }

  /** `payload`, for which there was no place, is looked at no more. */
  give(payload: Bytes): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(payload);
  }
}
