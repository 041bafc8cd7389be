/**
 * Simple Base-(k+1) graph (Takezawa et al. 2023, Algorithm 2): the exact mean for any n after finitely many rounds with
 * at most k partners each.
 *
 * Write n = a₁(k+1)^p₁ + … + a_L(k+1)^p_L with p₁ > … > p_L and 1 ≤ a_l ≤ k, and split the members into parts V_l of
 * a_l(k+1)^p_l, each into a_l blocks of (k+1)^p_l.
 * 1. Every part finds its own mean (hyper-hypercube).
 * 2. For l = 1 … L − 1, one after another: each member of the later parts exchanges with one member of each block of
 *    V_l, with the weight |block| / (|V_l| + |V_{l+1}| + …). Then the mean of the later parts together, and of each
 *    block of V_l, is the mean of all.
 * 3. As soon as a part has done so, each of its blocks finds its mean (hyper-hypercube) while the later parts go on.
 *
 * @module
 */
import { hyperHypercube } from "./_hyper_hypercube.ts";
import type { Edge } from "./topology.ts";

/** a_l and (k+1)^p_l, largest first. */
function digits(value: number, base: number): { count: number; size: number }[] {
  const found: { count: number; size: number }[] = [];
  for (let size = 1, rest = value; rest > 0; size *= base, rest = Math.floor(rest / base)) {
    if (rest % base > 0) found.unshift({ count: rest % base, size });
  }
  return found;
}

/** Adds the rounds of one group to those of all, from round `start` on. */
function overlay(rounds: Edge[][], start: number, more: readonly Edge[][]): void {
  more.forEach((edges, offset) => (rounds[start + offset] ??= []).push(...edges));
}

/** The rounds over `nodes`. */
export function simpleBase(nodes: readonly number[], k: number): Edge[][] {
  let next = 0;
  const parts = digits(nodes.length, k + 1).map(({ count, size }) => {
    const blocks = Array.from({ length: count }, () => nodes.slice(next, next += size));
    return { size, blocks, members: blocks.flat() };
  });
  const rounds: Edge[][] = [];
  for (const { members } of parts) overlay(rounds, 0, hyperHypercube(members, k)!);
  const first = rounds.length;
  for (let l = 0; l + 1 < parts.length; l++) {
    const later = parts.slice(l + 1).flatMap(({ members }) => members);
    const { blocks, size, members } = parts[l];
    const weight = size / (members.length + later.length);
    const exchange = later.flatMap((node, i) => blocks.map((block): Edge => [block[i], node, weight]));
    overlay(rounds, first + l, [exchange]);
    for (const block of blocks) overlay(rounds, first + l + 1, hyperHypercube(block, k)!);
  }
  return rounds;
}
