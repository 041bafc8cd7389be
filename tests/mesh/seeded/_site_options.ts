/** What a site in a virtual world is made with. */
import type { Rng } from "../../../src/core/rng.ts";
import type { CharterChain } from "../../../src/mesh/charter/chain.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import type { MeshOptions } from "../../../src/mesh/options.ts";
import type { Statement } from "../../../src/mesh/plans/statement.ts";
import type { CircuitLimits } from "./_circuit.ts";
import type { Network } from "./_network.ts";
import type { Shares } from "./_shares.ts";
import type { Tamper } from "./_stream.ts";
import type { VirtualWorld } from "./_virtual_world.ts";

/** What a site is made with. */
export interface SiteOptions {
  world: VirtualWorld;
  network: Network;
  identities: readonly Identity[];
  rng: Rng;
  mass: number;
  /** Milliseconds that a round's training takes. */
  roundTime: number;
  clockError: number;
  tamper?: Tamper;
  /** What it says towards the plan of all: a number. */
  statement: Statement;
  /** All versions of the charter, and the one that it is given first. */
  charter?: { chain: CharterChain; first: number };
  /** Sees what it gives and takes over one-way links. */
  shares: Shares;
  /** Told when it goes by another version. */
  amended?: () => void;
  /** Told what it tells. */
  tell: (line: string) => void;
  /** Where there are relays: whether nobody can call it, and what it allows of connections that it carries. */
  relaying?: { isHidden: boolean; limits?: CircuitLimits };
  mesh: Partial<MeshOptions>;
}
