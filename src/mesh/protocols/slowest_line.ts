/**
 * How long a transfer may take as a whole where nothing is known of the line: that each piece comes in time says little,
 * since there may be hundreds.
 *
 * @module
 */

/** The slowest line that is waited for, in bytes a second: 2 Mbit/s, half of what an old ADSL line takes down. */
export const SLOWEST_LINE = 256 * 1024;

/** Milliseconds that `bytes` take at most over a line of `slowest` bytes a second, and `floor` for what is not the line's. */
export function longestTransfer(bytes: number, floor: number, slowest: number = SLOWEST_LINE): number {
  return floor + 1000 * bytes / slowest;
}
