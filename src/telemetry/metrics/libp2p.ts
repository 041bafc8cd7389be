/** libp2p's own figures, beside a peer's. */
import type { Libp2pOptions } from "libp2p";
import type { Registry } from "prom-client";
import { UserError } from "../../core/errors.ts";

/** What takes them, and where they are. */
export interface Libp2pFigures {
  /** For the options of a mesh. */
  metrics: NonNullable<Libp2pOptions["metrics"]>;
  registry: Registry;
}

/** What of the system the library asks for, memory and disk, whoever wants to know. */
const ASKED = ["systemMemoryInfo", "statfs"] as const;

/**
 * Makes what takes them, for one mesh of this process. The libraries are loaded when this is called.
 *
 * @throws {UserError} if Deno was not given what they need.
 */
export async function libp2pFigures(): Promise<Libp2pFigures> {
  for (const kind of ASKED) {
    const { state } = await Deno.permissions.query({ name: "sys", kind });
    if (state !== "granted") {
      throw new UserError(`telling libp2p's figures: the peer needs --allow-sys=${ASKED.join()} for them`, {
        where: "web.libp2p",
      });
    }
  }
  const { default: { Registry } } = await import("prom-client");
  const { prometheusMetrics } = await import("@libp2p/prometheus-metrics");
  const registry = new Registry();
  return { metrics: prometheusMetrics({ registry, collectDefaultMetrics: false }), registry };
}
