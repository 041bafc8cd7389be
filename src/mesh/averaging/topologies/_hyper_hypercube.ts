/**
 * k-peer hyper-hypercube graph (Takezawa et al. 2023, Algorithm 1): for n whose prime factors are all at most k + 1,
 * write n = n₁·…·n_L with as few factors of at most k + 1 as can be; round l lets those average who differ only in
 * digit l of their number in the mixed base (n₁, …, n_L). Exact after L rounds.
 *
 * @module
 */
import type { Edge } from "./topology.ts";

/** The shortest list of factors from 2 to `limit` whose product is `value`; undefined if there is none. */
export function shortestFactors(value: number, limit: number): number[] | undefined {
  const known = new Map<number, number[] | undefined>();
  const search = (rest: number): number[] | undefined => {
    if (rest === 1) return [];
    if (known.has(rest)) return known.get(rest);
    let best: number[] | undefined;
    for (let factor = Math.min(limit, rest); factor >= 2; factor--) {
      if (rest % factor !== 0) continue;
      const others = search(rest / factor);
      if (others && (!best || others.length + 1 < best.length)) best = [factor, ...others];
    }
    known.set(rest, best);
    return best;
  };
  return search(value);
}

/** The rounds over `nodes`; undefined if their number has a prime factor above k + 1. */
export function hyperHypercube(nodes: readonly number[], k: number): Edge[][] | undefined {
  const factors = shortestFactors(nodes.length, k + 1);
  let stride = 1;
  return factors?.map((factor) => {
    const edges: Edge[] = [];
    for (let a = 0; a < nodes.length; a++) {
      const digit = Math.floor(a / stride) % factor;
      for (let more = 1; digit + more < factor; more++) edges.push([nodes[a], nodes[a + more * stride], 1 / factor]);
    }
    stride *= factor;
    return edges;
  });
}
