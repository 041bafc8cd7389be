/** What a peer's own head says. */
import type { FeatureDigest, Head } from "./head.ts";
import { sketch, sketchSeed } from "./sketch.ts";

/** What a head is made of. */
export interface HeadParts extends Pick<Head, "addresses" | "place" | "otherPlace"> {
  /** The averaging state, once there is one. */
  state?: { layout: string; mass: number; shown(): { vector: Float32Array } | undefined };
  /** The features that were released last. */
  released?: FeatureDigest;
  /** What was announced last. */
  announced?: { round: number; metrics?: Record<string, number> };
}

/** The head of a peer that stands at `parts`. */
export function ownHead({ state, released, announced, ...rest }: HeadParts): Head {
  const shown = state?.shown();
  return {
    ...rest,
    round: Math.max(announced?.round ?? 0, released?.round ?? 0),
    ...(state && {
      layout: state.layout,
      mass: state.mass,
      ...(shown && { sketch: sketch(shown.vector, sketchSeed(state.layout)) }),
    }),
    ...(released && { features: released }),
    ...(announced?.metrics && { metrics: announced.metrics }),
  };
}
