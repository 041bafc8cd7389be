/**
 * How much memory a process may take.
 *
 * @module
 */
import os from "node:os";
import process from "node:process";

/** A limit and where it is from. */
export interface MemoryLimit {
  /** The most that a process may take. */
  readonly bytes: number;
  /** "assumption": nobody has set it, and the process may not ask the machine. */
  readonly from: "setting" | "machine" | "assumption";
}

/** Of the machine's memory, or its container's; the rest is left to the system. */
const SHARE = 0.8;
/** What a workstation has to spare. */
const ASSUMED = 8 * 2 ** 30;

/**
 * The limit that is set, else 80 % of the memory of the machine or container, where the process may ask for it
 * (`--allow-sys`), else 8 GiB.
 *
 * @param gibibytes what is set
 */
export function memoryLimit(gibibytes?: number): MemoryLimit {
  if (gibibytes !== undefined) return { bytes: gibibytes * 2 ** 30, from: "setting" };
  const mayAsk = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state === "granted";
  if (!mayAsk) return { bytes: ASSUMED, from: "assumption" };
  const limits = [os.totalmem(), process.constrainedMemory()].filter((bytes) => bytes > 0);
  return { bytes: SHARE * Math.min(...limits), from: "machine" };
}
