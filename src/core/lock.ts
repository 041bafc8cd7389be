/**
 * Locks between processes, held by the operating system for as long as the process lives: a kill releases them, and
 * nothing stale is left.
 *
 * @example
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { lockFolder } from "./lock.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const options = { doing: "starting the peer", what: '"stateDirectory"', by: "node site.json" };
 * const lock = await lockFolder(directory, options);
 * await assertRejects(() => lockFolder(directory, options), Error, "is in use");
 * lock.release();
 * (await lockFolder(directory, options)).release();
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { messageOf, UserError } from "./errors.ts";

/** What a lock is taken for; errors and whoever finds the lock taken are told so. */
export interface LockOptions {
  /** What is being done, as errors begin: "starting the peer". */
  doing: string;
  /** What is locked: a field or a flag. */
  what: string;
  /** The command or configuration that holds the lock, for whoever comes second. */
  by: string;
  /** How long to wait for another process, in milliseconds. @default 0 */
  patience?: number;
  /** Permission bits of folders that are made. @default {0o777} */
  mode?: number;
}

/** A lock that is held. */
export interface Lock extends Disposable {
  /** What the user is told where the file system has no locks, so that nothing was locked. */
  readonly warning?: string;
  /** Gives it back; the end of the process does the same. */
  release(): void;
}

/** Between two tries, in milliseconds. */
const INTERVAL = 20;

/**
 * Locks `directory`, which is made where it is absent, by its file `.lock`. A folder is the same by whatever path it is
 * reached.
 *
 * @throws {UserError} if another process, or another part of this one, holds it, or it cannot be written.
 */
export async function lockFolder(directory: string, options: LockOptions): Promise<Lock> {
  const { doing, what, mode } = options;
  try {
    await Deno.mkdir(directory, { recursive: true, mode });
  } catch (cause) {
    throw unwritable(options, directory, cause);
  }
  return await lockFile(`${directory}/.lock`, { ...options, doing, what: `${what} ${directory}` });
}

/**
 * Who holds `directory`, in words; undefined where nobody does, or it cannot be told. Nothing is made or written there.
 */
export async function folderHolder(directory: string): Promise<string | undefined> {
  const path = `${directory}/.lock`;
  try {
    using file = await Deno.open(path, { read: true });
    // a shared lock, given back at once: only one that is held keeps it away
    return await file.tryLock(false) ? undefined : await holderOf(path);
  } catch {
    return undefined;
  }
}

/**
 * Locks the file at `path`, which is made where it is absent and says who holds it; it stays when the lock is released.
 *
 * @throws {UserError} as {@linkcode lockFolder} does.
 */
export async function lockFile(path: string, options: LockOptions): Promise<Lock> {
  const { doing, what, by, patience = 0 } = options;
  const host = await hostName(); // before the lock, so that its file says at once who holds it
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw unwritable(options, path, cause);
  }
  const release = () => {
    try {
      file.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // released before
    }
  };
  const lock = (warning?: string): Lock => ({ warning, release, [Symbol.dispose]: release });
  try {
    for (const until = Date.now() + patience; !(await file.tryLock(true));) {
      if (Date.now() >= until) {
        const holder = await holderOf(path);
        throw new UserError(`${doing}: ${what} is in use by ${holder}; one process at a time may have it`);
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  } catch (error) {
    if (error instanceof UserError) {
      release();
      throw error;
    }
    return lock(
      `${what} is on a file system without locks (${messageOf(error)}): see to it that no other process uses it`,
    );
  }
  try {
    await file.truncate(0);
    const holder = { pid: Deno.pid, host, since: new Date().toISOString(), by };
    await file.write(new TextEncoder().encode(`${JSON.stringify(holder)}\n`));
  } catch (cause) {
    release();
    throw unwritable(options, path, cause);
  }
  return lock();
}

function unwritable({ doing, what }: LockOptions, where: string, cause: unknown): UserError {
  return new UserError(`${doing}: ${what} must be writable; ${messageOf(cause)}`, { where, cause });
}

/** Who holds the lock, in words, as far as its file tells: some systems let nobody read a locked file. */
async function holderOf(path: string): Promise<string> {
  try {
    const { pid, host, since, by } = JSON.parse(await Deno.readTextFile(path));
    return `process ${pid}${host ? ` on ${host}` : ""} since ${since} (${by})`;
  } catch {
    return "another process";
  }
}

/** The machine's name, where a file tells it: asking the system takes a permission that peers go without. */
async function hostName(): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile("/etc/hostname")).trim() || undefined;
  } catch {
    return undefined;
  }
}
