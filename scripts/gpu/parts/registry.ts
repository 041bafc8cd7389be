/**
 * The parts of the check, what is worth most first: one more is a file beside this one and a line here.
 *
 * @module
 */
import type { Part } from "../part.ts";
import { adapterPart } from "./adapter.ts";
import { benchPart } from "./bench.ts";
import { contractPart } from "./contract.ts";
import { rooflinePart } from "./roofline.ts";
import { trainPart } from "./train.ts";

/** In the order in which they run. */
export const parts: readonly Part[] = Object.freeze([adapterPart, contractPart, benchPart, rooflinePart, trainPart]);
