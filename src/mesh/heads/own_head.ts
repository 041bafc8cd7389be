/** What a peer's own head says. */
import type { FeatureDigest, Head } from "./head.ts";
import { sketchInSlices, sketchSeed } from "./sketch.ts";

interface Shown {
  vector: Float32Array<ArrayBuffer>;
  mass: number;
  round: number;
}

/** What a head is made of. */
export interface HeadParts extends Pick<Head, "addresses" | "place" | "otherPlace"> {
  /** The averaging state, once there is one. */
  state?: {
    layout: string;
    mass: number;
    shown(): Shown | undefined;
    giveBack?(shown: Shown): void;
  };
  /** The features that were released last. */
  released?: FeatureDigest;
  /** What was announced last. */
  announced?: { round: number; metrics?: Record<string, number> };
}

/** The head of a peer that stands at `parts`. */
export async function ownHead({ state, released, announced, ...rest }: HeadParts): Promise<Head> {
  const shown = state?.shown();
  const sketch = state && shown && await sketchInSlices(shown.vector, sketchSeed(state.layout));
  if (shown) state?.giveBack?.(shown);
  return {
    ...rest,
    round: Math.max(announced?.round ?? 0, released?.round ?? 0),
    ...(state && {
      layout: state.layout,
      mass: state.mass,
      ...(sketch && { sketch }),
    }),
    ...(released && { features: released }),
    ...(announced?.metrics && { metrics: announced.metrics }),
  };
}
