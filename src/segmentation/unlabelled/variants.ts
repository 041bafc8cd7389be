/**
 * The ways to learn from unlabelled volumes by name: a new one is one new file and one entry here.
 *
 * @module
 */
import { Registry } from "../../core/registry.ts";
import { copyPaste } from "./copy_paste.ts";
import { meanTeacher } from "./mean_teacher.ts";
import type { UnlabelledVariant } from "./variant.ts";
import { weakToStrong } from "./weak_to_strong.ts";

/** Every one of them. */
export const unlabelledVariants: Registry<UnlabelledVariant> = new Registry<UnlabelledVariant>(
  "a way to learn from unlabelled volumes",
  [meanTeacher, weakToStrong, copyPaste],
);
