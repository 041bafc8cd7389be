/** One life of a site's process in a virtual world. */
import type { Mesh } from "../../../src/mesh/mesh.ts";
import type { MemoryNode } from "./_node.ts";
import type { Process } from "./_virtual_world.ts";

/** One life. */
export interface Life {
  readonly process: Process;
  readonly mesh: Mesh;
  /** Once it has been built. */
  readonly node?: MemoryNode;
  /** Whether its site has begun no other and has not been told to end. */
  readonly isLatest: boolean;
  /** Whether its state is there. */
  isReady: boolean;
  ended: Promise<void>;
}
