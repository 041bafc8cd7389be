/**
 * The student sees what the teacher has seen, with other intensities (Mean Teacher, Tarvainen and Valpola 2017, arXiv
 * 1703.01780).
 *
 * @module
 */
import type { StepPatches, StudentPatch, UnlabelledVariant } from "./variant.ts";

/** Nothing is mixed. */
export const meanTeacher: UnlabelledVariant = {
  name: "mean-teacher",
  plan: ({ unlabelled }: StepPatches): readonly StudentPatch[] =>
    Array.from({ length: unlabelled }, (_, index) => ({ base: { kind: "unlabelled", index } })),
};
