/**
 * In which settings the peers of a consortium must agree, by path.
 *
 * @module
 */

/** In which all must agree: what model is trained, on what, by what method. */
export const SHARED: readonly string[] = ["seed", "network", "pretrain", "data.spacing", "data.crop", "mesh.averaging"];

/** Whether they fine-tune together: in this, too, and it decides on the next. */
export const SHARED_MODE = "fineTune.mode";

/**
 * In which they must agree as well if they fine-tune together. Rounds are counted through all trainings, so that those
 * of pre-training must be alike, too.
 */
export const SHARED_TOGETHER: readonly string[] = ["fineTune", "schedule.rounds"];

/** In which those must agree who plan together, beside all that they do not plan. */
export const SHARED_PLAN = "plan.minutes";

/** In which those must agree who fine-tune together and have labels, or are told which the others have. */
export const SHARED_LABELS = "data.labels";

/** When peers must agree on a setting. */
export type Agreement = "always" | "fine-tuning together" | "never";

/** When peers must agree on the setting at `path`, as in "fineTune.steps". */
export function agreementOn(path: string): Agreement {
  const isOf = (paths: readonly string[]) => paths.some((one) => path === one || path.startsWith(`${one}.`));
  if (isOf([...SHARED, SHARED_MODE, SHARED_PLAN])) return "always";
  return isOf([...SHARED_TOGETHER, SHARED_LABELS]) ? "fine-tuning together" : "never";
}
