/**
 * Writes what the sites of a consortium on one machine need: a folder, keys and a configuration each.
 *
 * @module
 */
import { join } from "@std/path";
import { writeAtomically } from "../core/files.ts";
import { loadIdentity } from "../mesh/envelope/identity.ts";

/** One site to set up. */
export interface SiteSetup {
  name: string;
  /** Cases by use, as in the configuration's `data.split`. */
  split: Readonly<Record<"training" | "labelled" | "probe" | "test", readonly string[]>>;
}

/** A site that is set up. */
export interface WrittenSite {
  name: string;
  peerId: string;
  /** The site's own folder: state, results and configuration. */
  directory: string;
  /** Path of the configuration. */
  configuration: string;
}

/** Options of {@linkcode writeConsortium}. */
export interface ConsortiumOptions {
  /** Where the sites' folders are made. */
  directory: string;
  consortium: string;
  seed: number;
  sites: readonly SiteSetup[];
  /** Every site knows itself only: the baseline without exchange. @default false */
  alone?: boolean;
  /** Where each site listens, a multiaddr. @default a port of the loopback interface that is free now */
  addresses?: readonly string[];
  /** Everything that all configurations have in common; `data` without the split. */
  shared: { readonly data: object } & Readonly<Record<string, unknown>>;
}

/**
 * Where {@linkcode freePorts} draws from: below the ports that systems give to outgoing connections and to whoever asks
 * for any (Linux from 32768 on, ip_local_port_range; others from 49152, RFC 6335, section 6), so that none is taken
 * before the peer that it is meant for listens.
 */
const PORTS = { first: 16_384, count: 16_384 };

/** As many TCP ports of the loopback interface as asked for, drawn among those that are free at this moment. */
export function freePorts(count: number): number[] {
  const listeners: Deno.TcpListener[] = [];
  while (listeners.length < count) {
    const port = PORTS.first + crypto.getRandomValues(new Uint16Array(1))[0] % PORTS.count;
    try {
      listeners.push(Deno.listen({ hostname: "127.0.0.1", port }));
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  for (const listener of listeners) listener.close();
  return listeners.map(({ addr: { port } }) => port);
}

/**
 * Sets up every site: its keys, which are made where it has none, all peer ids as members, an address
 * each, the others' addresses to dial first.
 */
export async function writeConsortium(options: ConsortiumOptions): Promise<WrittenSite[]> {
  const { directory, consortium, seed, sites, alone = false, shared } = options;
  const { addresses = freePorts(sites.length).map((port) => `/ip4/127.0.0.1/tcp/${port}`) } = options;
  const folders = sites.map(({ name }) => join(directory, name));
  const identities = await Promise.all(folders.map((folder) => loadIdentity(join(folder, "state"))));
  return await Promise.all(sites.map(async ({ name, split }, i) => {
    const configuration = join(folders[i], "configuration.json");
    const content = {
      name,
      seed,
      ...shared,
      data: { ...shared.data, split },
      mesh: {
        consortium,
        members: identities.filter((_, other) => !alone || other === i).map(({ peerId }) => peerId),
        listen: [addresses[i]],
        bootstrap: addresses.filter((_, other) => !alone && other !== i),
        mdns: !alone,
      },
    };
    await writeAtomically(configuration, JSON.stringify(content, null, 2) + "\n");
    return { name, peerId: identities[i].peerId, directory: folders[i], configuration };
  }));
}
