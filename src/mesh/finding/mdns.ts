/**
 * mDNS discovery that stays within one consortium, and that only warns where a network has no multicast.
 *
 * @module
 */
import type { ComponentLogger, Logger, PeerDiscovery } from "@libp2p/interface";
import { mdns, type MulticastDNSComponents } from "@libp2p/mdns";
import { messageOf } from "../../core/errors.ts";
import { sha256, utf8 } from "../../core/bytes.ts";

/** The service name that the peers of `consortium` ask for; others on the same network do not meet them. */
export async function mdnsServiceTag(consortium: string): Promise<string> {
  const name = (await sha256(utf8(`syncytium/mdns/1 ${consortium}`))).toHex().slice(0, 12);
  return `_syncytium-${name}._udp.local`;
}

/** libp2p's mDNS under `serviceTag`; a failure is told to `warn` once and stops nothing. */
export function quietMdns(
  serviceTag: string,
  warn: (message: string) => void,
): (components: MulticastDNSComponents) => PeerDiscovery {
  let warned = false;
  const fail = (error: unknown) => {
    if (warned) return;
    warned = true;
    warn(`discovery by mDNS does not work here: ${messageOf(error)}; peers are found by configured addresses only`);
  };
  return (components) => {
    const logger: ComponentLogger = { forComponent: (name) => listening(components.logger.forComponent(name), fail) };
    const inner = mdns({ serviceTag, interval: 5_000 })({ ...pick(components), logger });
    const startable = inner as PeerDiscovery & { start(): Promise<void> };
    const start = startable.start.bind(startable);
    startable.start = async () => {
      try {
        await start();
      } catch (error) {
        fail(error);
      }
    };
    return startable;
  };
}

function pick({ addressManager, logger }: MulticastDNSComponents): MulticastDNSComponents {
  return { addressManager, logger };
}

/** `inner`, with its errors also handed to `onError`. */
function listening(inner: Logger, onError: (error: unknown) => void): Logger {
  const log: Logger = Object.assign((formatter: unknown, ...rest: unknown[]) => inner(formatter, ...rest), {
    enabled: inner.enabled,
    trace: inner.trace,
    newScope: (name: string) => listening(inner.newScope(name), onError),
    error: (formatter: unknown, ...rest: unknown[]) => {
      inner.error(formatter, ...rest);
      // the socket's own errors; what others put into a packet is not worth a warning
      if (typeof formatter === "string" && /^mdns (error|warning)/.test(formatter)) onError(rest[0]);
    },
  });
  return log;
}
