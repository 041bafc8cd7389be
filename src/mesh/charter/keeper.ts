/**
 * The charter of a running peer: begins with the file that the site was given, goes on with every newer version, from
 * that file or from a member, and keeps all of them in the state directory, `charter.json`.
 *
 * The first start pins the founding version, which the site's people compared with the others'; a file or a peer with
 * another one is refused from then on.
 *
 * @module
 */
import { resolve } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import { type Timer, world } from "../../core/world.ts";
import type { Charter } from "./charter.ts";
import type { CharterChain } from "./chain.ts";
import type { CharterMark } from "./mark.ts";
import { catchUp, holdsMore } from "./catch_up.ts";
import { type CharterFiles, charterFiles } from "./charter_files.ts";
import { readCharterFile, readCharterFileIfThere, writeCharterFile } from "./file.ts";
import { type CharterFork, describeFork, forkBetween } from "./fork.ts";

/** Options of {@linkcode openCharter}. */
export interface CharterKeeperOptions {
  /** The file that the site was given. */
  file: string;
  /** Where the newest charter is kept. */
  stateDirectory: string;
  /** How often the file is looked at, in milliseconds. @default 5000 */
  pollInterval?: number;
  /**
   * Where both are. @default those of this machine
   *
   * @internal
   */
  files?: CharterFiles;
}

/** Who is told of what a keeper learns. */
export interface CharterWatcher {
  /** A newer version is in force and written; `from` is the peer that brought it, if not the file. */
  changed: (before: Charter, after: Charter, from?: string) => void;
  /** There is another valid charter of a version that this peer holds; told once for each. */
  forked: (fork: CharterFork, sentence: string, peer?: string) => void;
  /** Told, in a sentence, what is wrong with the file. */
  warn: (message: string) => void;
}

const NOBODY: CharterWatcher = { changed: () => {}, forked: () => {}, warn: () => {} };

/** Holds the chain; see {@linkcode openCharter}. */
export class CharterKeeper {
  readonly #file: string;
  readonly #kept: string;
  readonly #pollInterval: number;
  readonly #files: CharterFiles;
  readonly #forks = new Set<string>();
  #chain: CharterChain;
  #watcher = NOBODY;
  #adopting: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #polling: Promise<void> = Promise.resolve();
  /** Of the file, when it was last read. */
  #stamp: string | undefined;
  #complaint: string | undefined;

  /** Made by {@linkcode openCharter}. */
  constructor(
    chain: CharterChain,
    kept: string,
    { file, pollInterval = 5_000, files = charterFiles }: CharterKeeperOptions,
  ) {
    this.#chain = chain;
    this.#kept = kept;
    this.#file = file;
    this.#pollInterval = pollInterval;
    this.#files = files;
  }

  /** The versions so far. */
  get chain(): CharterChain {
    return this.#chain;
  }

  /** Begins to look at the file. */
  start(watcher: CharterWatcher): void {
    this.#watcher = watcher;
    this.#arm();
  }

  /** Ends looking; resolves once everything is written. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#polling;
    await this.#adopting;
    this.#watcher = NOBODY;
  }

  /**
   * Takes what `peer` holds and this peer does not; `ask` brings its version of a number.
   *
   * @throws {CharterError} if what comes is not valid.
   */
  async follow(peer: string, theirs: CharterMark, ask: (version: number) => Promise<Charter>): Promise<void> {
    while (holdsMore(this.#chain, theirs) && !this.#forks.has(`${theirs.version} ${theirs.digest}`)) {
      const found = await catchUp(this.#chain, theirs, ask);
      if ("fork" in found) {
        // its newest is on that branch too: not to be asked for again
        this.#forks.add(`${theirs.version} ${theirs.digest}`);
        return this.#report(found.fork, peer);
      }
      await this.#adopt(found.chain, peer);
    }
  }

  /** One after another: written, then told. */
  #adopt(chain: CharterChain, from?: string): Promise<void> {
    const turn = this.#adopting.then(async () => {
      const before = this.#chain;
      // two members may have brought the same
      if (!chain.goesOnFrom(before)) return;
      try {
        await writeCharterFile(this.#kept, chain.versions, this.#files);
      } catch (error) {
        // who is removed must go, also where the disk is full
        this.#watcher.warn(`the charter cannot be kept in ${this.#kept}: ${messageOf(error)}`);
      }
      this.#chain = chain;
      this.#watcher.changed(before.newest, chain.newest, from);
    });
    this.#adopting = turn.catch(() => {}); // told to whoever waits for this turn
    return turn;
  }

  #report(fork: CharterFork, peer?: string): void {
    const name = `fork ${fork.version} ${fork.theirs}`;
    if (this.#forks.has(name)) return;
    this.#forks.add(name);
    this.#watcher.forked(fork, describeFork(fork, this.#chain.at(fork.version - 1) ?? this.#chain.newest), peer);
  }

  #arm(): void {
    this.#timer = world.after(this.#pollInterval, () => {
      this.#polling = this.#poll().finally(() => {
        if (this.#timer !== undefined) this.#arm();
      });
    });
  }

  async #poll(): Promise<void> {
    try {
      const stamp = await this.#files.stamp(this.#file);
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      const { chain } = await readCharterFile(this.#file, this.#files);
      if (!chain) return;
      if (chain.mark.founding !== this.#chain.mark.founding) throw new UserError(OTHER_FOUNDING, { where: this.#file });
      const fork = forkBetween(this.#chain, chain);
      if (fork) this.#report(fork);
      else await this.#adopt(chain);
      this.#complaint = undefined;
    } catch (error) {
      const complaint = messageOf(error);
      if (complaint !== this.#complaint) this.#watcher.warn(complaint);
      this.#complaint = complaint;
    }
  }
}

const OTHER_FOUNDING =
  "reading the charter: it must have the founding version that this site began with, whose copy is " +
  "charter.json in the state directory";

/**
 * The charter that a peer begins with: the longer of the file that it was given and what it kept.
 *
 * @throws {UserError} if the file cannot be read or is not valid, has another founding version than before or has split
 * from it, or its first version still waits for signatures.
 */
export async function openCharter(options: CharterKeeperOptions): Promise<CharterKeeper> {
  const { file, stateDirectory, files = charterFiles } = options;
  const kept = `${stateDirectory}/charter.json`;
  const { chain: given, pending } = await readCharterFile(file, files);
  if (!given) {
    const { needed, signers } = pending!.approval;
    throw new UserError(
      `reading the charter: its first version must have ${needed} signatures, it has ${signers.length}; see: charter approve`,
      { where: file },
    );
  }
  const before = (await readCharterFileIfThere(kept, files))?.chain;
  if (before && before.mark.founding !== given.mark.founding) throw new UserError(OTHER_FOUNDING, { where: file });
  const fork = before && forkBetween(before, given);
  if (fork) {
    throw new UserError(
      `reading the charter: ${describeFork(fork, before.at(fork.version - 1) ?? before.newest)}; ` +
        `to change to the other, once all sites agree, remove ${resolve(kept)}`,
      { where: file },
    );
  }
  const chain = before && before.version >= given.version ? before : given;
  if (chain !== before) {
    try {
      await files.makeFolder(stateDirectory);
      await writeCharterFile(kept, chain.versions, files);
    } catch (cause) {
      throw new UserError("keeping the charter: the state directory must be writable", { where: kept, cause });
    }
  }
  return new CharterKeeper(chain, kept, options);
}
