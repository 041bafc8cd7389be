/**
 * In which order test files begin where several run side by side: the longest first, so that what is last is short and
 * no processor waits for one file.
 *
 * @module
 */
import { basename } from "@std/path";

/** Rooms, and files of peers as processes, that take half a minute and more on two processors, the longest first. */
export const LONGEST: readonly string[] = [
  ...["engine", "planning_test", "federated_fine_tuning_test", "mesh", "peer_test", "peer", "cli"],
  ...["network_namespaces_test", "mesh_failure_test", "churn_test", "examples_test", "hostile_member_test"],
  ...["pretraining", "segmentation", "evaluation", "walk_test", "bundle_test", "sleeper_test", "cut_transfer_test"],
];

/** The files, those of {@linkcode LONGEST} before the others; these keep their order. */
export function longestFirst(files: readonly string[]): string[] {
  const rank = (file: string) => {
    const place = LONGEST.indexOf(basename(file, ".ts"));
    return place < 0 ? LONGEST.length : place;
  };
  return files.toSorted((a, b) => rank(a) - rank(b));
}
