/**
 * What an audit log says of the privacy that was spent, which the account of it must know, too.
 *
 * @module
 */
import * as v from "valibot";
import { fromTheEnd } from "./reading.ts";

/** A release with noise that has left the site. */
export interface ReleaseOnRecord {
  /** How many had been paid for, with it. */
  releases: number;
  /** What was spent with it. */
  spentEpsilon: number;
}

/** What leaves with noise. */
export type Noisy = "features" | "weights";

const paidSchema = v.looseObject({ releases: v.number(), spentEpsilon: v.number() });

/** What stands in the line of a release with noise, and of no other, and where the line says what was paid. */
const LINES = Object.freeze({
  features: {
    mark: '"noise":{"epsilon":',
    schema: v.pipe(
      v.looseObject({ policy: v.looseObject({ noise: paidSchema }) }),
      v.transform(({ policy: { noise } }) => noise),
    ),
  },
  weights: {
    mark: '"update":{"epsilon":',
    schema: v.pipe(v.looseObject({ update: paidSchema }), v.transform(({ update }) => update)),
  },
});

/**
 * The release with the highest number of those that are told last in the log at `path`; undefined where there is none,
 * or no log. A log is read from its end, as far as it must be.
 */
export async function latestRelease(path: string, of: Noisy = "features"): Promise<ReleaseOnRecord | undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const { bytes, start } of fromTheEnd(path)) {
    const text = decoder.decode(bytes) + rest;
    // the first line goes on before this piece, and is looked at with that
    const cut = start === 0 ? 0 : text.indexOf("\n") + 1;
    let latest: ReleaseOnRecord | undefined;
    for (const line of text.slice(cut).split("\n")) {
      const release = line.includes(LINES[of].mark) ? releaseOf(line, of) : undefined;
      if (release && release.releases >= (latest?.releases ?? 0)) latest = release;
    }
    if (latest) return latest;
    rest = text.slice(0, cut).slice(0, MOST_LINE);
  }
}

/** A line is shorter by far. */
const MOST_LINE = 64 * 1024;

function releaseOf(line: string, of: Noisy): ReleaseOnRecord | undefined {
  try {
    return v.parse(LINES[of].schema, JSON.parse(line));
  } catch {
    return undefined; // a line that was changed, of which the chain tells
  }
}
