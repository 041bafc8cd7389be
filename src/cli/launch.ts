/**
 * Starts a peer as a process of its own, with the least permissions it needs, and reads its events.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { UserError } from "../core/errors.ts";
import type { PeerEvent } from "../peer/events.ts";

/** What {@linkcode launchPeer} needs to know. */
export interface LaunchOptions {
  /** The site's name. */
  name: string;
  /** Path of the peer's configuration. */
  configuration: string;
  /** The only folder the peer may write to: its state and its results live there. */
  directory: string;
  /** A command that starts the peer in its turn, such as one that enters a network namespace. @default none */
  before?: readonly string[];
  /** A module that is run before the peer's own, in its main thread. @default none */
  preload?: string;
  /** Where its standard error is appended. @default peer.log in its folder */
  log?: string;
}

/** A running peer process. */
export interface LaunchedPeer {
  readonly name: string;
  readonly pid: number;
  /** The peer's events until it ends; consume once. */
  readonly events: AsyncIterable<PeerEvent>;
  /** The exit code, once the process has ended. */
  readonly status: Promise<number>;
  /** Where the peer's standard error goes. */
  readonly log: string;
  /** Asks the peer to end cleanly (SIGINT). */
  stop(): void;
}

/**
 * The permissions of a peer that may write only below `directory`; the README explains each.
 *
 * @throws {UserError} if the path holds a comma, which would grant two other folders instead.
 */
export function peerPermissions(directory: string): string[] {
  if (directory.includes(",")) {
    throw new UserError(
      "starting a peer: the path of its folder must hold no comma, which separates paths in --allow-write",
      {
        where: directory,
      },
    );
  }
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-env",
    "--allow-read",
    `--allow-write=${directory}`,
    "--allow-sys=networkInterfaces",
    "--allow-ffi",
  ];
}

const NODE = fromFileUrl(new URL("../../peers/node.ts", import.meta.url));

/** Starts `peers/node.ts` in a process of its own. */
export function launchPeer(options: LaunchOptions): LaunchedPeer {
  const { name, configuration, directory, before = [], preload, log = join(directory, "peer.log") } = options;
  const [program, ...args] = [
    ...before,
    Deno.execPath(),
    "run",
    "--quiet",
    ...peerPermissions(directory),
    ...(preload === undefined ? [] : ["--preload", preload]),
    NODE,
    "--config",
    configuration,
    "--events",
    "json",
    "--tied",
  ];
  const child = new Deno.Command(program, {
    args,
    // as in the task `node`: less memory that every thread keeps to itself
    env: { MALLOC_ARENA_MAX: "2" },
    stdin: "piped", // never written to: its end tells the peer that nobody follows it any more
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const logged = Deno.open(log, { create: true, append: true }).then((file) => child.stderr.pipeTo(file.writable));
  const status = Promise.all([child.status, logged]).then(async ([{ code }]) => {
    await child.stdin.close().catch(() => {}); // it has ended
    return code;
  });
  status.catch(() => {}); // it is awaited once the events have ended; a log that fails before must not count as unhandled
  return {
    name,
    pid: child.pid,
    events: readEvents(child.stdout),
    status,
    log,
    stop() {
      try {
        child.kill("SIGINT");
      } catch (error) {
        // The process ended by itself between our decision and the signal.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  };
}

async function* readEvents(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<PeerEvent> {
  const lines: ReadableStream<string> = stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  // a dependency may print a line of its own; events are JSON objects
  for await (const line of lines) if (line.startsWith("{")) yield JSON.parse(line);
}
