/** Whole meshes of real nodes over loopback, each with a charter of its own. */
import type { CharterChain } from "../../../src/mesh/charter/chain.ts";
import type { Charter } from "../../../src/mesh/charter/charter.ts";
import { writeCharterFile } from "../../../src/mesh/charter/file.ts";
import { openCharter } from "../../../src/mesh/charter/keeper.ts";
import { Deadline, raceAbort } from "../../../src/core/deadline.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { Mesh } from "../../../src/mesh/mesh.ts";
import type { MeshOptions } from "../../../src/mesh/options.ts";
import { consortium } from "./_charters.ts";

/** One peer with its folder. */
export class Site {
  readonly mesh: Mesh;
  readonly seen: MeshEvent[] = [];
  readonly folder: string;
  #wake = Promise.withResolvers<void>();

  constructor(mesh: Mesh, folder: string) {
    this.mesh = mesh;
    this.folder = folder;
    const events = mesh.events.subscribe();
    (async () => {
      for await (const event of events) {
        this.seen.push(event);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
    })();
  }

  /** The first such event from number `after` on, past or to come; fails after a minute. */
  async event<T extends MeshEvent["type"]>(
    type: T,
    fields: Partial<Extract<MeshEvent, { type: T }>> = {},
    after = 0,
  ): Promise<Extract<MeshEvent, { type: T }>> {
    using limit = new Deadline(120_000, `waiting for ${type} ${JSON.stringify(fields)}`);
    while (true) {
      const found = this.seen.slice(after).find((event) => {
        const met = new Map<string, unknown>(Object.entries(event));
        return event.type === type && Object.entries(fields).every(([name, value]) => met.get(name) === value);
      });
      if (found) return found as Extract<MeshEvent, { type: T }>;
      await raceAbort(this.#wake.promise, limit.signal);
    }
  }

  /** Puts `versions` into the file that the site was given, as the command line does. */
  async put(versions: readonly Charter[]): Promise<void> {
    await writeCharterFile(`${this.folder}/given.json`, versions);
  }
}

/** Sites that are stopped, and folders that are removed, at the end of a test. */
export class Sites implements AsyncDisposable {
  readonly #sites: Site[] = [];

  /** Starts a peer whose file holds `chain`; in `folder`, if it has lived before. */
  async start(
    identity: Identity,
    chain: CharterChain,
    { folder, ...options }: Partial<MeshOptions> & { folder?: string } = {},
  ): Promise<Site> {
    const own = folder ?? await Deno.makeTempDir({ prefix: "syncytium-charter-" });
    await writeCharterFile(`${own}/given.json`, chain.versions);
    const charter = await openCharter({ file: `${own}/given.json`, stateDirectory: `${own}/state`, pollInterval: 50 });
    const mesh = new Mesh({
      identity,
      consortium,
      members: [],
      charter,
      settings: {},
      stateDirectory: `${own}/state`,
      listen: ["/ip4/127.0.0.1/tcp/0"],
      mdns: false,
      ...options,
    });
    const site = new Site(mesh, own);
    this.#sites.push(site);
    await mesh.start();
    return site;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sites.map(({ mesh }) => mesh.stop()));
    const folders = new Set(this.#sites.map(({ folder }) => folder));
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
}
