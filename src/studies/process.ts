/**
 * Work in a process of its own: what to do goes in as one JSON argument, what happens comes back a line at a time.
 *
 * A process ends when its standard input is closed, so that it does not outlive the one that began it, whatever ends
 * that.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { UserError } from "../core/errors.ts";

/** A process that did not come to its end. */
export class ProcessError extends UserError {}

/** Options of {@linkcode launch}. */
export interface LaunchOptions {
  /** Flags of `deno run`, such as `--allow-read`. */
  permissions: readonly string[];
  /** What is done and what rule is broken if it fails, for the error. */
  doing: string;
  /** Which work it was, for the error. */
  where: string;
  /** Ends the process. */
  signal?: AbortSignal;
}

/**
 * Runs the script with `task` as its only argument and yields what it prints. Whoever stops reading ends it.
 *
 * @throws {ProcessError} if it ends with another code than 0; what it printed of the reason stands on standard error.
 * @throws the signal's reason when it is aborted.
 */
export async function* launch(
  script: string,
  task: unknown,
  { permissions, doing, where, signal }: LaunchOptions,
): AsyncGenerator<string, void, void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, script, JSON.stringify(task)],
    stdin: "piped",
    stdout: "piped",
    signal,
  }).spawn();
  try {
    const lines: ReadableStream<string> = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TextLineStream(),
    );
    yield* lines;
  } finally {
    await child.stdin.close().catch(() => {}); // it may have ended by itself
  }
  const { code } = await child.status;
  signal?.throwIfAborted();
  if (code !== 0) throw new ProcessError(doing, { where, value: `exit code ${code}` });
}

/**
 * To be called first in a process that {@linkcode launch} began: makes it end with the one that began it, and leaves to
 * that one what a SIGINT means, which a terminal sends to both.
 */
export function endWithParent(): void {
  Deno.addSignalListener("SIGINT", () => {});
  (async () => {
    for await (const _ of Deno.stdin.readable) { /* nothing is said there */ }
    Deno.exit(1);
  })();
}
