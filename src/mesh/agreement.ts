/**
 * How far this peer's weights are from the others', by the sketches in their heads, and the way back to them.
 *
 * @module
 */
import type { Averaging } from "./averaging/averaging.ts";
import type { LateState } from "./averaging/late_state.ts";
import type { State } from "./averaging/state.ts";
import type { Head } from "./heads/head.ts";
import { consensusDistance, sketch, sketchInSlices, sketchSeed } from "./heads/sketch.ts";

/** Holds this peer's weights against what others announce. */
export class Agreement {
  readonly #averaging: Averaging;
  readonly #heads: () => ReadonlyMap<string, Head>;

  /** @param heads the latest of every member that is believed */
  constructor(averaging: Averaging, heads: () => ReadonlyMap<string, Head>) {
    this.#averaging = averaging;
    this.#heads = heads;
  }

  /** The consensus distance over this peer and all whose heads carry a sketch of the same layout; NaN where none does. */
  async distance(): Promise<number> {
    const own = this.#averaging.state;
    if (!own) return NaN;
    const others = this.#sketches(own);
    if (others.length === 0) return NaN;
    return consensusDistance([await ownSketch(own), ...others.map(({ sketch }) => sketch)]);
  }

  /** A member's state to go on from, where others agree on one that is far from this peer's; see `Averaging.comeBack`. */
  async comeBack(signal?: AbortSignal): Promise<LateState | undefined> {
    const own = this.#averaging.state;
    if (!own) return undefined;
    const { layout } = own;
    const members = this.#sketches(own);
    return await this.#averaging.comeBack({
      ...{ own: await ownSketch(own), members, signal },
      sketchOf: (vector) => sketch(vector, sketchSeed(layout)),
    });
  }

  #sketches({ layout }: State): { peer: string; sketch: Float32Array }[] {
    return [...this.#heads()].flatMap(([peer, head]) =>
      head.layout === layout && head.sketch ? [{ peer, sketch: head.sketch }] : []
    );
  }
}

/** The sketch of this peer's vector as it is now. */
async function ownSketch(state: State): Promise<Float32Array<ArrayBuffer>> {
  const now = state.snapshot();
  const sketch = await sketchInSlices(now.vector, sketchSeed(state.layout));
  state.giveBack?.(now);
  return sketch;
}
