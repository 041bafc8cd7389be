/**
 * Flags that mean the same wherever they stand.
 *
 * @module
 */
import { withDefault } from "./flag.ts";
import { integer, list, path, toggle } from "./kinds.ts";

/** One JSON object, or one a line. */
export const json = toggle("one JSON object instead of text");

/** A data set that the commands which take one know how to open. */
export const dataset = path("DIR", "a data set with labels: Medical Decathlon or raw nnU-Net");

/** Where a site keeps what is its own. */
export const state = path("DIR", "the site's state directory; its private keys never leave it");

/** Seeds, each of one run. */
export function seeds(does: string) {
  return list(integer("LIST", does, { from: 0 }));
}

/** Processes at a time. */
export const parallel = integer("N", "processes at a time", { from: 1 });

/** As many as there are cores. */
export const parallelOnCores = withDefault(parallel, navigator.hardwareConcurrency, "as many as there are cores");
