/** How far a work of many files is, as lines: a few thousand large ones take minutes. */

/** Milliseconds between two lines; what takes less time is not told at all. */
const PACE = 2000;

/** How much is done of how much. */
interface Steps {
  step: number;
  steps: number;
}

/** Options of {@linkcode pacedLines}. */
export interface PacedLinesOptions {
  /** Takes a line. @default console.log */
  write?: (line: string) => void;
  /** Milliseconds. @default performance.now */
  now?: () => number;
}

/** A line every two seconds, as `lineOf` makes it of what is done then. */
export function pacedLines(
  lineOf: (progress: Steps) => string,
  { write = console.log, now = () => performance.now() }: PacedLinesOptions = {},
): (progress: Steps) => void {
  let toldAt = now();
  return (progress) => {
    if (now() - toldAt < PACE) return;
    toldAt = now();
    write(lineOf(progress));
  };
}
