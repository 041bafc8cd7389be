/**
 * What a site gives of a round to the others, and averages with them.
 *
 * @module
 */
import { attempt } from "./_attempt.ts";
import type { Run, Training } from "./_run.ts";
import type { RoundResult } from "./trainer_api.ts";

/** Adds what a round has trained to the weights that are averaged. @param options.share whether others may have it */
export async function contribute(
  { updates, emit }: Run,
  { before, weights }: Training,
  { round, vector, share }: { round: number; vector: Float32Array; share: boolean },
): Promise<void> {
  const { vector: shared, warning } = await updates.apply(weights.start, vector);
  if (warning !== undefined) emit({ type: "warning", message: warning });
  await weights.contribute(shared, before + round, { share });
}

/** Releases what the site's policy lets through. @returns how many features. */
export async function releaseFeatures(
  { mesh, policy, emit }: Run,
  round: number,
  features: RoundResult["release"],
): Promise<number> {
  const { release, warnings } = await policy.apply({ round, ...features });
  for (const message of warnings) emit({ type: "warning", message });
  if (release) await mesh.features.release(release);
  return release?.partitions.length ?? 0;
}

/**
 * Averages in the steps of a round.
 *
 * @returns with whom, and why a step was left out, if one was.
 */
export async function average(
  run: Run,
  { before, rounds }: Training,
  round: number,
): Promise<{ partners: string[]; alone?: string }> {
  const { configuration: { schedule: { exchanges } }, signal, mesh, total } = run;
  const partners = new Set<string>();
  let alone: string | undefined;
  for (let k = 0; k < exchanges; k++) {
    const step = {
      step: (before + round - 1) * exchanges + k,
      steps: total * exchanges,
      end: (before + rounds) * exchanges,
      // whoever has announced the round of a step has done it
      hasPassed: (peer: string, step: number) => (mesh.heads().get(peer)?.round ?? 0) > Math.floor(step / exchanges),
      signal,
    };
    const mixed = await attempt(run, "averaging", () => mesh.averaging.step(step));
    alone = mixed?.skipped ?? alone;
    for (const peer of mixed?.partners ?? []) partners.add(peer);
  }
  return { partners: [...partners], ...(alone !== undefined && { alone }) };
}
