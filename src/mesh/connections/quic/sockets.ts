/**
 * UDP sockets, each of which listens and calls, so that whom a peer calls sees it where others can call it.
 *
 * @module
 */
import type { Multiaddr } from "@multiformats/multiaddr";
import type { IpFamily } from "../../finding/multiaddrs.ts";
import { ANY_ADDRESS, familiesOf } from "../../finding/udp_sockets.ts";
import { placeOf, type UdpPlace } from "./addresses.ts";
import { CERTIFICATE, KEY, SERVER_NAME } from "./certificate.ts";

/** The protocol in QUIC's handshake (ALPN, RFC 7301): whoever speaks another, such as `libp2p`, is refused there. */
const ALPN = ["/syncytium/quic/1"];

/**
 * Milliseconds without a packet after which a connection is gone, and between packets that are sent only to keep it and
 * the mappings of NATs, of which some forget after 30 s (RFC 4787, REQ-5, asks for two minutes).
 */
const TRANSPORT = { maxIdleTimeout: 60_000, keepAliveInterval: 15_000 };

const isLoopback = (hostname: string) => hostname.startsWith("127.") || hostname === "::1" || hostname === "localhost";

/** The sockets of one node. */
export class Sockets {
  readonly #listening = new Map<Deno.QuicEndpoint, readonly IpFamily[]>();
  /** Sockets that only call, by the address that they are bound to. */
  readonly #calling = new Map<string, Deno.QuicEndpoint>();

  /** A socket at an address of this machine, whose port may be 0. @throws if there is none to be had. */
  listen(address: Multiaddr): { listener: Deno.QuicListener; families: readonly IpFamily[]; close: () => void } {
    const place = placeOf(address)!;
    const endpoint = new Deno.QuicEndpoint({ hostname: place.hostname, port: place.port });
    const listener = endpoint.listen({
      ...{ cert: CERTIFICATE, key: KEY, alpnProtocols: ALPN },
      ...TRANSPORT,
      maxConcurrentBidirectionalStreams: 1,
      maxConcurrentUnidirectionalStreams: 0,
    });
    const families = familiesOf(place.hostname);
    this.#listening.set(endpoint, families);
    const close = () => {
      this.#listening.delete(endpoint);
      listener.stop();
      endpoint.close();
    };
    return { listener, families, close };
  }

  /** Calls from a socket that listens, if one reaches so far. */
  async call({ hostname, port, family }: UdpPlace): Promise<Deno.QuicConn> {
    return await Deno.connectQuic({
      ...{ endpoint: this.#from(hostname, family), hostname, port },
      ...{ serverName: SERVER_NAME, caCerts: [CERTIFICATE], alpnProtocols: ALPN },
      ...TRANSPORT,
      maxConcurrentBidirectionalStreams: 0,
      maxConcurrentUnidirectionalStreams: 0,
    });
  }

  /** Ends the sockets that only call. */
  close(): void {
    for (const endpoint of this.#calling.values()) endpoint.close();
    this.#calling.clear();
  }

  #from(hostname: string, family: UdpPlace["family"]): Deno.QuicEndpoint {
    const any = ANY_ADDRESS[family];
    const reaches = ([{ addr }, families]: [Deno.QuicEndpoint, readonly IpFamily[]]) =>
      families.includes(family) &&
      (families.length > 1 || addr.hostname === any || isLoopback(addr.hostname) === isLoopback(hostname));
    const [listening] = [...this.#listening].find(reaches) ?? [];
    if (listening) return listening;
    const endpoint = this.#calling.get(family) ?? new Deno.QuicEndpoint({ hostname: any, port: 0 });
    this.#calling.set(family, endpoint);
    return endpoint;
  }
}
