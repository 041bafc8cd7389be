/**
 * The addresses that a mesh is given: whether they can be called, listened on or told.
 *
 * @module
 */
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { UserError } from "../core/errors.ts";
import type { CertificateFiles } from "./connections/certificate.ts";
import { addressFault } from "./finding/address_rules.ts";
import { isSecureWebsocket, peerOf } from "./finding/multiaddrs.ts";

/** How errors begin that keep a peer from joining. */
export const JOINING = "joining the mesh";

/** What of a mesh's options comes from the field `mesh` of a peer's configuration file. */
export interface MeshAddresses {
  /** Peer ids. */
  members: readonly string[];
  /** Multiaddrs, as in {@linkcode MeshOptions}. */
  listen?: readonly string[];
  /** A UDP port. */
  quic?: number;
  /** As there; the files are not read here. */
  tls?: CertificateFiles;
  /** Multiaddrs. */
  announce?: readonly string[];
  /** Multiaddrs, with or without /p2p/ID. */
  bootstrap?: readonly string[];
  /** Multiaddrs, with /p2p/ID. */
  relays?: readonly string[];
}

/** How errors of {@linkcode checkAddresses} begin, and the file that they name. */
export interface CheckAddressesOptions {
  /** What was being done. @default "joining the mesh" */
  doing?: string;
  /** The configuration file, if there is one. */
  where?: string;
}

/**
 * Checks that members are peer ids, and that addresses can be called, listened on or told; pure, so that a configuration
 * can be refused before data are read.
 *
 * @throws {UserError} naming the field as in the configuration file, such as `mesh.bootstrap[0]`, and the first value at
 * fault.
 */
export function checkAddresses(
  { members, listen = [], quic, tls, announce = [], bootstrap = [], relays = [] }: MeshAddresses,
  { doing = JOINING, where }: CheckAddressesOptions = {},
): void {
  const place = (field: string) => where === undefined ? field : `${where}, field "${field}"`;
  for (const member of members) {
    attempt(() => peerIdFromString(member), `${doing}: a member must be a peer id`, place("mesh.members"), member);
  }
  const uses = { listen: "listen", announce: "announce", bootstrap: "call", relays: "relay" } as const;
  for (const [field, addresses] of Object.entries({ listen, announce, bootstrap, relays })) {
    const use = uses[field as keyof typeof uses];
    for (const [i, value] of addresses.entries()) {
      const fault = addressFault(value, use, { endsTls: tls !== undefined, quic: quic !== undefined });
      if (fault === undefined) continue;
      throw new UserError(`${doing}: an address ${fault}`, { where: place(`mesh.${field}[${i}]`), value });
    }
  }
  if (quic !== undefined && !(Number.isInteger(quic) && quic >= 0 && quic < 65_536)) {
    throw new UserError(`${doing}: a UDP port must be a whole number from 0 to 65535`, {
      where: place("mesh.quic"),
      value: quic,
    });
  }
  if (tls && !listen.some((address) => isSecureWebsocket(multiaddr(address)))) {
    const rule =
      `${doing}: with a certificate, one address of mesh.listen must end in /wss, such as /ip4/0.0.0.0/tcp/443/wss`;
    throw new UserError(rule, { where: place("mesh.tls"), value: listen.join(", ") || "none" });
  }
}

/**
 * Refuses an address of this peer that ends with another's id: it would send everybody to that one.
 *
 * @throws {UserError} naming the field and the address.
 */
export function checkOwnAddresses(fields: Record<string, readonly string[]>, self: string): void {
  for (const [field, addresses] of Object.entries(fields)) {
    for (const [i, value] of addresses.entries()) {
      const owner = peerOf(multiaddr(value));
      if (owner === undefined || owner === self) continue;
      throw new UserError(`${JOINING}: an address of this peer must end with its own peer id, ${self}, or none`, {
        where: `mesh.${field}[${i}]`,
        value,
      });
    }
  }
}

function attempt(check: () => unknown, rule: string, where: string, value: string): void {
  try {
    check();
  } catch (cause) {
    throw new UserError(rule, { where, value, cause });
  }
}
