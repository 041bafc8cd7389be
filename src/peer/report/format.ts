/**
 * Figures as people read them, alike on the terminal and on the page.
 *
 * @module
 */
import { format as formatByteCount } from "@std/fmt/bytes";
import type { Spread } from "./schema.ts";

/** What stands where there is no figure. */
export const NONE = "–";

/** A Dice coefficient with three decimals. */
export function formatDice(value: number | null): string {
  return value === null || !Number.isFinite(value) ? NONE : value.toFixed(3);
}

/** A difference with its sign: "+0.041", "−0.012". */
export function formatDifference(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? "±0.000" : (value < 0 ? "−" : "+") + text;
}

/** "0.512 ± 0.031"; the deviation is left out where there are too few sites for one. */
export function formatSpread({ mean, sd }: Spread, format: (value: number | null) => string = formatDice): string {
  return sd === null ? format(mean) : `${format(mean)} ± ${sd.toFixed(3)}`;
}

/** "12.3 MB" in decimal units; "1.2 GiB" in binary ones, which is how memory is counted. */
export function formatBytes(bytes: number, options: { binary?: boolean } = {}): string {
  return formatByteCount(bytes, { ...options, maximumFractionDigits: 1, locale: "en" });
}

/** A duration: "8 s", "3 min 20 s", "2 h 05 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return NONE;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}

/** A figure with `digits` significant digits, and no trailing zeros. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return String(Number(value.toPrecision(digits)));
}

/** The last eight characters of a peer id, which are what tells ids of one kind apart. */
export function shortPeerId(peerId: string): string {
  return peerId.length <= 10 ? peerId : `…${peerId.slice(-8)}`;
}

/** An ISO 8601 time to the minute: "2026-05-04 13:20 UTC"; anything else as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** One line of `text`: control characters, which could move a terminal's cursor, become spaces. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what must go
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}
