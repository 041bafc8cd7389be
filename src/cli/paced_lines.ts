/** How far the reading of label files is, as lines: a few thousand large ones take minutes. */

/** Milliseconds between two lines; what takes less time is not told at all. */
const PACE = 2000;

/** Options of {@linkcode labelProgress}. */
export interface LabelProgressOptions {
  /** Takes a line. @default console.log */
  write?: (line: string) => void;
  /** Milliseconds. @default performance.now */
  now?: () => number;
}

/** For `checkLabels`: a line every two seconds. */
export function labelProgress(
  { write = console.log, now = () => performance.now() }: LabelProgressOptions = {},
): (progress: { step: number; steps: number }) => void {
  let toldAt = now();
  return ({ step, steps }) => {
    if (now() - toldAt < PACE) return;
    toldAt = now();
    write(`checked ${step} of ${steps} label files`);
  };
}
