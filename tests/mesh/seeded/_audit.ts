/** The audit log of a site in a virtual world: a chain of records on its disk, whose heads the others hold. */
import { createHash } from "node:crypto";
import { type AuditHead, EMPTY_HEAD } from "../../../src/mesh/anchors/audit_head.ts";
import type { AnchorFile } from "../../../src/mesh/anchors/book.ts";
import type { AuditRecord } from "../../../src/mesh/protocols/traffic.ts";
import type { MemoryFiles } from "./_files.ts";
import type { Site } from "./_site.ts";
import type { Check } from "./_sums.ts";

/** One site's, through all lives of its process. */
export class SiteAudit {
  /** What is wrong, as clauses. */
  readonly faults: string[] = [];
  readonly #files: MemoryFiles;
  /** After each record. */
  #heads: Readonly<AuditHead>[] = [EMPTY_HEAD];
  /** The latest that no power cut takes away. */
  #anchored = EMPTY_HEAD;
  /** How often weights were about to leave to each member, and how often they did. */
  readonly #weights = new Map<string, { told: number; given: number }>();

  constructor(files: MemoryFiles) {
    this.#files = files;
  }

  /** The head that members are given. */
  get anchored(): Readonly<AuditHead> {
    return this.#anchored;
  }

  /** Something is about to leave. @throws {Error} if the disk is full: it must not leave then */
  append(record: AuditRecord): void {
    if (this.#files.isFull) throw new Error("no space is left on the disk");
    const { records, bytes, digest: previous } = this.#heads.at(-1)!;
    const line = JSON.stringify({ ...record, previous });
    const digest = createHash("sha256").update(line).digest("hex");
    this.#heads.push({ records: records + 1, bytes: bytes + line.length + 1, digest });
    if (record.kind === "weights") this.#of(record.peer).told++;
  }

  /** What was written so far is flushed, as the disk has room. */
  anchor(): void {
    if (!this.#files.isFull) this.#anchored = this.#heads.at(-1)!;
  }

  /** Weights were averaged with `peer`, which has some of this site. */
  gave(peer: string): void {
    const weights = this.#of(peer);
    if (++weights.given > weights.told) this.faults.push(`weights left to ${peer} before it was written down`);
  }

  /** A member holds `head`. */
  told(peer: string, head: AuditHead): void {
    if (!this.holds(head)) this.faults.push(`${peer} holds the head of ${head.records} records, which is none of it`);
  }

  holds({ records, digest }: AuditHead): boolean {
    return this.#heads[records]?.digest === digest;
  }

  /** The power is gone, and with it what was not flushed. */
  cut(): void {
    this.#heads = this.#heads.slice(0, this.#anchored.records + 1);
  }

  #of(peer: string) {
    const weights = this.#weights.get(peer) ?? { told: 0, given: 0 };
    this.#weights.set(peer, weights);
    return weights;
  }
}

/** At the end of a run each of `sites` has written down what left it, and holds the latest head of each other one's log. */
export async function checkAudits(sites: readonly Site[], check: Check): Promise<void> {
  for (const { audit, machine, identity } of sites) {
    for (const fault of audit.faults) check(`the audit log of ${machine.name}: ${fault}`, false);
    for (const other of sites) {
      if (other.identity === identity) continue;
      const book: AnchorFile = JSON.parse(await other.files.read("state/anchors.json") ?? '{"peers":{}}');
      const { records, digest } = book.peers[identity.peerId]?.latest.head ?? EMPTY_HEAD;
      const isLatest = records === audit.anchored.records && digest === audit.anchored.digest;
      check(
        `${other.machine.name} holds the head of ${records} records of ${machine.name}, which has ${audit.anchored.records}`,
        isLatest,
      );
    }
  }
}
