/** Which connection long work goes over where relays limit them. */
import type { Connection } from "@libp2p/interface";
import { raceAbort } from "../../core/deadline.ts";
import type { Admission } from "../admission/admission.ts";
import { lineOf } from "../admission/line_of.ts";

/** Calls before it is given up. */
const MOST_ATTEMPTS = 3;

/** What {@linkcode roomiest} works with. */
export interface RoomiestOptions {
  admission: Pick<Admission, "connectionTo" | "connectionsTo">;
  /** Brings about a new connection through a relay. */
  renew: (peer: string) => Promise<void>;
  /** Told why a call came to nothing. */
  debug: (error: unknown) => void;
  signal: AbortSignal;
}

/**
 * The best connection to `peer`: of those that a relay limits, one that has carried less than half, or else a new one.
 *
 * @throws if there is none to be had.
 */
export async function roomiest(
  peer: string,
  { admission, renew, debug, signal }: RoomiestOptions,
): Promise<Connection> {
  const found = () => {
    const best = admission.connectionTo(peer);
    if (best && !lineOf(best)) return best;
    return admission.connectionsTo(peer).find((connection) => {
      const line = lineOf(connection);
      return line && line.left >= line.allowance / 2;
    });
  };
  for (let attempt = 0;; attempt++) {
    const now = found();
    if (now) return now;
    if (attempt >= MOST_ATTEMPTS) throw new Error("no relay carries more to the member now");
    // of two calls at once libp2p may drop both
    await raceAbort(renew(peer).catch(debug), signal);
  }
}
