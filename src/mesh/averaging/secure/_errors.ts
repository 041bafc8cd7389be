/** How a sum comes to nothing. */

/** Where a member is that does not come to a sum. */
export interface Elsewhere {
  /** The step that it is in, or was in last. */
  readonly step: number;
  /** Who gathers that step's sum, where it is in it. */
  readonly collector?: string;
  /** Whether it has that step's sum; else that step, which it is in no more, was void for it. @default false */
  readonly made?: boolean;
}

/** Nothing came of a sum, at this peer or any: its state is as it was. */
export class VoidSumError extends Error {
  override name = "VoidSumError";

  /** @param missing those whom all have waited for in vain. */
  constructor(message: string, readonly missing: readonly string[] = []) {
    super(message);
  }
}

/** The one that gathers a sum leaves it for another one before it is begun, and so do those who have come to it. */
export class MovedError extends Error {
  override name = "MovedError";

  constructor(readonly elsewhere: Elsewhere) {
    super(`the sum is left for that of step ${elsewhere.step}`);
  }
}
