/**
 * Programs that go through many tensors in one launch: a network has some dozens of variables, most of them small, and a
 * launch costs more than they do.
 *
 * @module
 */

import type { WebgpuBackend } from "../backend.ts";

/** Tensors of a kind in one launch, at most: the text of a program grows with them. */
const MOST_TENSORS = 12;

/** Up to how many tensors of each kind one launch can take, where each of `kinds` kinds has a buffer a tensor. */
function perLaunch(backend: WebgpuBackend, kinds: number, others: number): number {
  const room = Math.floor((backend.device.limits.maxStorageBuffersPerShaderStage - others) / kinds);
  return Math.max(1, Math.min(MOST_TENSORS, room));
}

/**
 * The places from 0 to below `count`, in groups for one launch each.
 *
 * @param kinds buffers that a program has for each place.
 * @param others buffers that it has beside them.
 */
export function launchesOf(
  backend: WebgpuBackend,
  count: number,
  { kinds, others }: { kinds: number; others: number },
): number[][] {
  const each = perLaunch(backend, kinds, others);
  return Array.from(
    { length: Math.ceil(count / each) },
    (_, launch) => Array.from({ length: Math.min(each, count - launch * each) }, (_, index) => launch * each + index),
  );
}

/** `0` to below `count`, each put into `name`: the buffers or scalars that a program has for each tensor. */
export function names(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index}`);
}

/**
 * WGSL that finds the tensor of which a workgroup takes a part, and runs `body` for it; the body sees `part`, which of
 * the tensor's workgroups it is.
 *
 * The program must have the integers `first1`, `first2` …: the first workgroup of each tensor but the first.
 */
export function forTensorOf(count: number, body: (tensor: number) => string): string {
  return `
  var tensor = 0;
  var part = job;
  ${
    names("", count).slice(1).map((at) =>
      `if (job >= uniforms.first${at}) { tensor = ${at}; part = job - uniforms.first${at}; }`
    ).join("\n  ")
  }
  switch tensor {
    ${names("", count).map((at) => `case ${at}: {${body(Number(at))}\n    }`).join("\n    ")}
    default: {}
  }`;
}

/** The integers of {@linkcode forTensorOf}, and the workgroups together, where each tensor has so many. */
export function firsts(workgroups: readonly number[]): { scalars: Record<string, number>; jobs: number } {
  const scalars: Record<string, number> = {};
  let jobs = 0;
  workgroups.forEach((own, index) => {
    if (index > 0) scalars[`first${index}`] = jobs;
    jobs += own;
  });
  return { scalars, jobs };
}
