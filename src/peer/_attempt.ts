/** What may fail for a while, and costs a warning then, never the run. */
import { messageOf } from "../core/errors.ts";
import type { Run } from "./_run.ts";

/** Does what the next round can do again: a failure becomes a warning; an abort still ends the run. */
export async function attempt<T>(
  { emit, signal }: Pick<Run, "emit" | "signal">,
  doing: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    emit({ type: "warning", message: `${doing}: ${messageOf(error)}; the next round tries again` });
  }
}
