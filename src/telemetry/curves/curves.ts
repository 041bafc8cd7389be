/** A run's curves as a file in its folder of results. */
import { join } from "@std/path";
import { messageOf } from "../../core/errors.ts";
import { CURVES } from "../../peer/state/layout.ts";
import type { Follower } from "../follower.ts";
import { CurveFile } from "./curve_file.ts";
import { CurvePoints } from "./points.ts";

/** What {@linkcode followCurves} needs to know. */
export interface CurvesOptions {
  /** The folder of results; it is there when the first point comes. */
  outputDirectory: string;
  /** Told when the file cannot be written, and when it can again. */
  warn: (message: string) => void;
}

/**
 * Appends every point of a peer's curves as it comes. A file that cannot be written costs points and a warning, never
 * the run; every later point tries again. Nothing is opened before the first point, when the folder is the peer's own.
 */
export function followCurves({ outputDirectory, warn }: CurvesOptions): Follower {
  const path = join(outputDirectory, CURVES);
  const points = new CurvePoints();
  let file: CurveFile | undefined;
  let isFailing = false;
  return {
    handle(event) {
      const more = points.of(event);
      if (more.length === 0) return;
      try {
        file ??= CurveFile.open(path);
        file.append(more);
        if (isFailing) warn(`${path} can be written again; points are missing in it`);
        isFailing = false;
      } catch (error) {
        if (!isFailing) warn(`the curves cannot be written: ${messageOf(error)}`);
        isFailing = true;
      }
    },
    close: () => file?.close(),
  };
}
