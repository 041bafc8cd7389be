/** What the heads of members tell about their weights, as seen from this peer's own head. */
import type { Head } from "./head.ts";

/** What a member announces of its weights. */
export interface Announcement {
  /** Its peer id. */
  readonly peer: string;
  /** Distance of its vector from this peer's, as their sketches tell; absent where one has none. */
  readonly distance?: number;
  /** Its mass, where it says one. */
  readonly mass?: number;
}

function distanceOf(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, k) => sum + (value - b[k]) ** 2, 0));
}

/** Holds heads against this peer's latest, whose sketch is made already. */
export class Announcements {
  /** This peer's latest head. */
  own: Head | undefined;

  /** What `heads` say of the training that this peer is in: those of another layout are left out. */
  of(heads: ReadonlyMap<string, Head>): Announcement[] {
    const { layout, sketch } = this.own ?? {};
    return [...heads].filter(([, head]) => layout !== undefined && head.layout === layout).map(([peer, head]) => ({
      peer,
      ...(sketch && head.sketch && { distance: distanceOf(sketch, head.sketch) }),
      ...(head.mass !== undefined && { mass: head.mass }),
    }));
  }
}
