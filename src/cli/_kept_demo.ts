/**
 * What a demo keeps in its folder, so that the same command goes on after a kill: with which flags it was begun, and,
 * from the moment its peers may start, what it has planned.
 *
 * @module
 */
import { toKebabCase } from "@std/text/to-kebab-case";
import { join, resolve } from "@std/path";
import * as v from "valibot";
import { sleep } from "../core/deadline.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { entryAt, writeAtomically } from "../core/files.ts";
import { folderHolder } from "../core/lock.ts";
import { readJson } from "../core/text_files.ts";
import type { DemoPlan } from "./_demo_plan.ts";
import type { DemoOptions } from "./demo_flags.ts";

/** What is planned: before it is kept no peer has started, and all else may be made again. */
export interface KeptPlan extends DemoPlan {
  readonly consortium: string;
  /** From the start to the plan. */
  readonly seconds: number;
}

/** What is kept. */
export interface KeptDemo {
  readonly version: 1;
  /** All but `--out`, as they were given or by default. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly plan?: KeptPlan;
  /** Whether its report is written. */
  readonly isFinished?: true;
}

const FILE = "demo.json";
const DOING = "going on with the demo";

const ids = v.array(v.string());
const schema: v.GenericSchema<unknown, KeptDemo> = v.strictObject({
  version: v.literal(1),
  flags: v.record(v.string(), v.unknown()),
  startedAt: v.string(),
  plan: v.optional(v.strictObject({
    consortium: v.string(),
    seconds: v.number(),
    splits: v.array(v.strictObject({ training: ids, labelled: ids, probe: ids, test: ids })),
    // of the peers' configurations, which they check
    shared: v.custom<DemoPlan["shared"]>((value) => typeof value === "object" && value !== null),
  })),
  isFinished: v.optional(v.literal(true)),
});

/** The flags that decide what a demo does. */
export function keptFlags({ out: _, data, ...flags }: DemoOptions): Record<string, unknown> {
  return JSON.parse(JSON.stringify({ ...flags, data: data === undefined ? undefined : resolve(data) }));
}

/** Whether a file in the folder of output is left of a demo that was killed before it had kept anything. */
export function isOfNoDemo(name: string): boolean {
  return name === ".lock" || (name.startsWith(`${FILE}.`) && name.endsWith(".tmp"));
}

/**
 * What is kept in `out`, if a demo was begun there.
 *
 * @throws {UserError} if it is damaged, or was begun with other flags.
 */
export async function readKeptDemo(
  out: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<KeptDemo | undefined> {
  const where = join(out, FILE);
  const isThere = await entryAt(where, { follow: false }).catch((cause) => {
    // a folder that cannot be looked into holds none, and is refused where it is made
    if (Deno.permissions.querySync({ name: "read", path: where }).state === "granted") return undefined;
    throw new UserError(`${DOING}: ${messageOf(cause)}`, { where: out, cause });
  });
  if (!isThere) return undefined;
  const value = await readJson(where, { doing: DOING });
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    const rule = `${DOING}: the file must be as it was written; name another --out to begin anew`;
    throw new UserError(rule, { where, value: parsed.issues[0].message });
  }
  const { output: kept } = parsed;
  const shown = (flag: string, value: unknown) => value === undefined ? `no ${flag}` : `${flag} ${value}`;
  const differing = [...new Set([...Object.keys(kept.flags), ...Object.keys(flags)])]
    .filter((name) => JSON.stringify(kept.flags[name]) !== JSON.stringify(flags[name]))
    .map((name) => {
      const flag = `--${toKebabCase(name)}`;
      return `${shown(flag, kept.flags[name])}, now ${shown(flag, flags[name])}`;
    });
  if (differing.length === 0) return kept;
  throw new UserError(
    `${DOING}: it was begun with ${differing.join("; ")}; give the same flags to go on, or another --out to begin anew`,
    { where: out },
  );
}

/** Keeps it, in place of what was kept before. @throws {UserError} if it cannot be written. */
export async function keepDemo(out: string, kept: KeptDemo): Promise<void> {
  const where = join(out, FILE);
  try {
    await writeAtomically(where, `${JSON.stringify(kept, null, 1)}\n`);
  } catch (cause) {
    throw new UserError(`keeping what the demo does: ${messageOf(cause)}`, { where, cause });
  }
}

/** So long a peer may take to end that the demo had started before it was killed, in milliseconds. */
const PATIENCE = 60_000;
/** Between two looks, in milliseconds. */
const INTERVAL = 100;

/** Waits until no process holds one of the folders. @throws {UserError} naming the folder and the process that goes on. */
export async function awaitFree(folders: readonly string[]): Promise<void> {
  const until = Date.now() + PATIENCE;
  for (const folder of folders) {
    for (let holder; (holder = await folderHolder(folder)) !== undefined; await sleep(INTERVAL)) {
      if (Date.now() < until) continue;
      throw new UserError(`${DOING}: no peer of its earlier start may run, end ${holder}`, { where: folder });
    }
  }
}
