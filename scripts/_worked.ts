/**
 * How a command ends whose work is done in processes.
 *
 * @module
 */
import { describeError, Interrupted } from "../src/cli/command.ts";
import type { Worked } from "../src/studies/work.ts";

/**
 * Returns where all work has come to its end.
 *
 * @param options.what such as "the study"
 * @param options.interrupted by a signal to this command, which then ends here
 * @throws {Interrupted} by a signal; what ended the work, or the last of what failed
 */
export function requireWorked(
  { failed, reason }: Worked,
  { what, interrupted }: { what: string; interrupted: AbortSignal },
): void {
  if (interrupted.aborted) throw new Interrupted(`${what} was interrupted; the same command goes on with it`);
  if (reason !== undefined) throw reason;
  for (const error of failed.slice(1)) console.error(describeError(error));
  if (failed.length > 0) throw failed[0];
}
