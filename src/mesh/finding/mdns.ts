/**
 * mDNS discovery that stays within one consortium, and that only warns where a network has no multicast.
 *
 * @module
 */
import type { ComponentLogger, Logger, PeerDiscovery, PeerInfo } from "@libp2p/interface";
import { mdns, type MulticastDNSComponents } from "@libp2p/mdns";
import { messageOf } from "../../core/errors.ts";
import { sha256, utf8 } from "../../core/bytes.ts";
import { world } from "../../core/world.ts";

/** The service name that the peers of `consortium` ask for; others on the same network do not meet them. */
export async function mdnsServiceTag(consortium: string): Promise<string> {
  const name = (await sha256(utf8(`syncytium/mdns/1 ${consortium}`))).toHex().slice(0, 12);
  return `_syncytium-${name}._udp.local`;
}

/** Milliseconds between questions: whoever starts asks at once, so later ones are for packets that were lost. */
const INTERVAL = 10_000;

/** Milliseconds after which it is told again that a peer is where it was. */
const STALE = 60_000;

/** Milliseconds from the first answer on in which all are told of: a node that starts does not listen to all at once. */
const STARTING = 30_000;

/** Peers whose addresses are remembered. */
const MOST_KNOWN = 1000;

/**
 * libp2p's mDNS under `serviceTag`; a failure is told to `warn` once and stops nothing. Everybody hears every answer to
 * anybody's question, and libp2p writes each down that it is told of: it is told of what is new.
 */
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
    const inner = mdns({ serviceTag, interval: INTERVAL })({ ...pick(components), logger });
    const startable = inner as PeerDiscovery & { start(): Promise<void> };
    const start = startable.start.bind(startable);
    startable.start = async () => {
      try {
        await start();
      } catch (error) {
        fail(error);
      }
    };
    const isNews = newsFilter();
    const dispatch = inner.dispatchEvent.bind(inner);
    inner.dispatchEvent = (event) =>
      event.type === "peer" && !isNews((event as CustomEvent<PeerInfo>).detail) || dispatch(event);
    return startable;
  };
}

/** Whether what is found says where a peer is that was not there, or not known to be there for a while. */
export function newsFilter(clock: () => number = world.now): (found: Pick<PeerInfo, "id" | "multiaddrs">) => boolean {
  const known = new Map<string, { addresses: string; since: number }>();
  let first: number | undefined;
  return ({ id, multiaddrs }) => {
    if (clock() - (first ??= clock()) < STARTING) return true;
    const addresses = multiaddrs.map(String).sort().join(" ");
    const before = known.get(id.toString());
    if (before?.addresses === addresses && clock() - before.since < STALE) return false;
    if (known.size >= MOST_KNOWN) known.clear(); // anybody in the network can say anything
    known.set(id.toString(), { addresses, since: clock() });
    return true;
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
