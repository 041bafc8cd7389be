/** Kinds of failure of an exchange of weights. */

/**
 * Nothing came in time, the line was cut, one side did not take what the other had, or what came was not what the
 * protocol says.
 */
export type ExchangeFailure = "timeout" | "closed" | "refused" | "malformed" | "other";

/** All of them. */
export const EXCHANGE_FAILURES: readonly ExchangeFailure[] = ["timeout", "closed", "refused", "malformed", "other"];
