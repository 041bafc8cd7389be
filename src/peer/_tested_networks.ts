/** The networks that a peer has tested, and where their predictions are. */
import type { NamedVector } from "../core/vectors.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import { previewOf } from "./_preview.ts";
import type { Tested } from "./_testing.ts";
import type { Method } from "./events.ts";
import type { Preview } from "./report/schema.ts";

/** Test cases that the report shows a slice of. */
const PREVIEWS = 2;

/** Those of one peer, by method. */
export class TestedNetworks {
  readonly #weights = new Map<Method, readonly NamedVector[]>();
  /** Paths, by test case. */
  readonly #predictions = new Map<string, Partial<Record<Method, string>>>();

  /** The network with `weights` is about to be tested. */
  begin(method: Method, weights: readonly NamedVector[]): void {
    this.#weights.set(method, weights);
  }

  /** A test case came out. */
  predicted(method: Method, { path, dice }: Tested): void {
    this.#predictions.set(dice.case, { ...this.#predictions.get(dice.case), [method]: path });
  }

  /** Of the network of `method`. @throws {Error} if none has been tested. */
  weights(method: Method): readonly NamedVector[] {
    const weights = this.#weights.get(method);
    if (!weights) throw new Error(`no network has been tested (${method})`);
    return weights;
  }

  /** Of the first test cases. @throws {UserError} if a file cannot be read. */
  async previews(tests: readonly CaseReference[], scheme: LabelScheme): Promise<Preview[]> {
    const previews: Preview[] = [];
    for (const reference of tests.slice(0, PREVIEWS)) { // one after another: volumes may be large
      previews.push(await previewOf(reference, this.#predictions.get(reference.id) ?? {}, scheme));
    }
    return previews;
  }
}
