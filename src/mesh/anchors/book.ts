/**
 * The heads that members announced of their audit logs, kept on disk: what a site holds of the others outlives a
 * restart, and what the others hold of it outlives the loss of its own state.
 *
 * @module
 */
import * as v from "valibot";
import { messageOf, UserError } from "../../core/errors.ts";
import { type SmallFiles, smallFiles } from "../../core/small_files.ts";
import { parseJson, readJson } from "../../core/text_files.ts";
import { world } from "../../core/world.ts";
import { isLater, type SignedAuditHead, signedHeadSchema } from "./audit_head.ts";

const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const heardSchema = v.strictObject({ head: signedHeadSchema, heard: time });
const bookSchema = v.strictObject({
  version: v.literal(1),
  consortium: v.string(),
  peers: v.record(v.string(), v.strictObject({ latest: heardSchema, furthest: heardSchema })),
});

/** Sites that are kept: those that were heard longest ago go first. */
export const MAX_SITES = 1_000;

/** A head, and when it came. */
export interface HeardHead {
  head: SignedAuditHead;
  /** Milliseconds since the epoch. */
  heard: number;
}

/** What is kept of one site. */
export interface AnchorEntry {
  /** Said last. */
  latest: HeardHead;
  /** The one with the most records: a site that begins anew does not push it out. */
  furthest: HeardHead;
}

/** All that is kept. */
export interface AnchorFile {
  consortium: string;
  /** By peer id. */
  peers: Record<string, AnchorEntry>;
}

const READING = { doing: "reading anchors of audit logs" };

/**
 * The anchors that a member keeps in `path`.
 *
 * @throws {UserError} if it is missing or damaged.
 */
export async function readAnchorFile(path: string): Promise<AnchorFile> {
  const parsed = v.safeParse(bookSchema, await readJson(path, READING));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const rule = `${READING.doing}: it must be a member's anchors.json; ${issue.message}`;
  throw new UserError(rule, { where: `${path}, at ${v.getDotPath(issue) ?? "the top"}` });
}

/** What one site holds of the others. */
export class AnchorBook {
  readonly #path: string;
  readonly #consortium: string;
  readonly #warn: (message: string) => void;
  readonly #files: SmallFiles;
  #peers = new Map<string, AnchorEntry>();
  #writing: Promise<void> = Promise.resolve();
  #isDue = false;

  /** Nothing is read before {@linkcode AnchorBook.load}. */
  constructor(
    path: string,
    consortium: string,
    { warn = () => {}, files = smallFiles }: { warn?: (message: string) => void; files?: SmallFiles } = {},
  ) {
    this.#path = path;
    this.#files = files;
    this.#consortium = consortium;
    this.#warn = warn;
  }

  /**
   * Reads the file if it is there. One that is damaged, or of another consortium, is renamed aside with a warning, and
   * the book begins empty.
   */
  async load(): Promise<void> {
    try {
      const text = await this.#files.read(this.#path);
      if (text === undefined) return;
      const { consortium, peers } = v.parse(bookSchema, parseJson(text, this.#path, READING));
      if (consortium !== this.#consortium) throw new Error(`it is of the consortium "${consortium}"`);
      this.#peers = new Map(Object.entries(peers));
    } catch (error) {
      const aside = `${this.#path}.aside-${world.now()}`;
      const moved = await this.#files.rename(this.#path, aside).then(() => `is now ${aside}`, messageOf);
      this.#warn(
        `what this site holds of the others' audit logs cannot be used (${messageOf(error)}) and ${moved}; ` +
          "it is gathered anew",
      );
    }
  }

  /** The heads of `peer`. */
  get(peer: string): AnchorEntry | undefined {
    return this.#peers.get(peer);
  }

  /**
   * Takes what `peer` says of its log, unless it is older than what it said before.
   *
   * @returns what it had said before, if a log that had been as that cannot be so now: it holds fewer records, or
   * another one at the same place.
   */
  take(peer: string, head: SignedAuditHead, now: number): HeardHead | undefined {
    const before = this.#peers.get(peer);
    if (before && !isLater(head, before.latest.head)) return undefined;
    const latest = { head, heard: now };
    const isFurther = !before || head.records > before.furthest.head.records;
    this.#peers.delete(peer); // the order is that of hearing
    this.#peers.set(peer, { latest, furthest: isFurther ? latest : before.furthest });
    while (this.#peers.size > MAX_SITES) this.#peers.delete(this.#peers.keys().next().value!);
    this.#save();
    const was = before?.latest.head;
    if (!was || head.records > was.records || head.records === was.records && head.digest === was.digest) return;
    return before.latest;
  }

  /** Writes one after another; what comes while one waits goes with it. */
  #save(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#writing = this.#writing.then(async () => {
      this.#isDue = false;
      const book = { version: 1, consortium: this.#consortium, peers: Object.fromEntries(this.#peers) };
      await this.#files.write(this.#path, `${JSON.stringify(book, null, 2)}\n`);
    }).catch((error) => this.#warn(`what others say of their audit logs cannot be kept: ${messageOf(error)}`));
  }

  /** Resolves once everything has been written. */
  flush(): Promise<void> {
    return this.#writing;
  }
}
