/**
 * What a mesh is made with, checked.
 *
 * @module
 */
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { UserError } from "../core/errors.ts";
import type { Identity } from "./identity.ts";
import type { Settings } from "./protocols/hello.ts";
import type { Audit } from "./traffic.ts";

/** Options of {@linkcode Mesh}. */
export interface MeshOptions {
  /** This peer's keys, from {@linkcode loadIdentity}. */
  identity: Identity;
  /** The consortium's name, the same for all its peers. */
  consortium: string;
  /** Model and method; peers whose settings differ refuse each other and say in what. */
  settings: Settings;
  /** The peer ids that are let in; one's own may be among them. */
  members: readonly string[];
  /** Folder for the address book and the like. */
  stateDirectory: string;
  /** Multiaddrs to listen on. @default ["/ip4/0.0.0.0/tcp/0"] */
  listen?: readonly string[];
  /** Multiaddrs of any members, with or without /p2p/ID; one that answers is enough. @default [] */
  bootstrap?: readonly string[];
  /** Whether to look for members on the local network. @default true */
  mdns?: boolean;
  /** Of the random choices (partners, waits). @default 0 */
  seed?: number;
  /** Longest wait for one step of a transfer, in milliseconds. @default 30000 */
  stepTimeout?: number;
  /** Told, and awaited, before weights or embeddings leave. */
  audit?: Audit;
  /** Takes lines of detail for a log. */
  logger?: (line: string) => void;
}

/**
 * The options with their defaults, frozen.
 *
 * @throws {UserError} naming the field and the value that is not acceptable.
 */
export function checkMeshOptions(options: MeshOptions): Readonly<Required<MeshOptions>> {
  const {
    listen = ["/ip4/0.0.0.0/tcp/0"],
    bootstrap = [],
    mdns = true,
    seed = 0,
    stepTimeout = 30_000,
    audit = () => {},
    logger = () => {},
    ...required
  } = options;
  const doing = "joining the mesh";
  if (!required.consortium) throw new UserError(`${doing}: a consortium must have a name`, { where: "consortium" });
  for (const member of required.members) {
    attempt(() => peerIdFromString(member), `${doing}: a member must be a peer id`, "members", member);
  }
  for (const [where, addresses] of Object.entries({ listen, bootstrap })) {
    const rule = `${doing}: an address must be a multiaddr such as /ip4/192.0.2.7/tcp/4001`;
    for (const address of addresses) attempt(() => multiaddr(address), rule, where, address);
  }
  for (const [name, value] of Object.entries(required.settings)) {
    if (!["string", "number", "boolean"].includes(typeof value) || Number.isNaN(value)) {
      const rule = `${doing}: a setting must be a string, a number or a boolean`;
      throw new UserError(rule, { where: `settings.${name}`, value });
    }
  }
  return Object.freeze({ ...required, listen, bootstrap, mdns, seed, stepTimeout, audit, logger });
}

function attempt(check: () => unknown, rule: string, where: string, value: string): void {
  try {
    check();
  } catch (cause) {
    throw new UserError(rule, { where, value, cause });
  }
}
