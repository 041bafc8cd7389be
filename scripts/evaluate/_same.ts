/**
 * What an evaluation's folder was begun with must not change while it is gone on with.
 *
 * @module
 */
import { join } from "@std/path";
import canonicalize from "canonicalize";
import * as v from "valibot";
import { UserError } from "../../src/core/errors.ts";
import { writeAtomically } from "../../src/core/files.ts";
import { readJsonIfThere } from "../../src/core/text_files.ts";
import type { EvaluationBudget } from "../../src/evaluation/budget/budget.ts";
import type { Method } from "../../src/evaluation/protocol/protocol.ts";
import type { Evaluation, EvaluationRequest } from "./_evaluation.ts";

const FILE = "evaluation.json";

/** What of a request the results depend on, beside the evaluation itself. */
type Conditions = Pick<EvaluationRequest, "development" | "sites" | "engine" | "budget">;

/** What a folder was begun with, and what was run in it so far. */
export interface Begun {
  readonly settings: unknown;
  readonly methods: Record<string, Method>;
  /** Those that have worked in the folder, each once. */
  readonly commands: readonly string[];
  /** Those that have computed in it, each once: a name, its kind and its threads. */
  readonly engines: readonly string[];
}

/** Options of {@linkcode requireSame}. */
export interface RequireSameOptions {
  conditions: Conditions;
  /** The one under way. */
  command: string;
}

/**
 * Neither settings nor a method may change while an evaluation is gone on with; methods may be added.
 *
 * @returns what stands in the folder now, the command under way among its commands
 * @throws {UserError} if something differs.
 */
export async function requireSame(
  out: string,
  evaluation: Evaluation,
  { conditions, command }: RequireSameOptions,
): Promise<Begun> {
  const { methods: _, ...protocol } = evaluation.protocol;
  const settings = { dataset: evaluation.dataset.name, protocol, ...conditions };
  const path = join(out, FILE), before = await readBegun(path);
  const refuse = (what: string) => {
    throw new UserError(`going on with an evaluation: ${what} must be as it was begun with`, {
      where: path,
      value: "they differ",
    });
  };
  if (before && !isSame(before.settings, settings)) refuse("data, protocol, sites and engine");
  for (const [name, method] of evaluation.methods) {
    if (before?.methods[name] && !isSame(before.methods[name], method)) refuse(`the protocol's method ${name}`);
  }
  const methods = { ...before?.methods, ...Object.fromEntries(evaluation.methods) };
  const commands = [...new Set([...before?.commands ?? [], command])];
  return await write(path, { settings, methods, commands, engines: before?.engines ?? [] });
}

/**
 * The budget that the folder was begun with, if it was with one.
 *
 * @throws {UserError} if it was begun with other minutes, or with none where there are some now, or the other way round.
 */
export async function keptBudget(out: string, minutes: number | undefined): Promise<EvaluationBudget | undefined> {
  const path = join(out, FILE), before = await readBegun(path);
  if (!before) return undefined;
  const { budget } = before.settings as Pick<Conditions, "budget">;
  if (budget?.minutes === minutes) return budget;
  throw new UserError("going on with an evaluation: --minutes must be as it was begun with", {
    where: path,
    value: budget === undefined ? "without" : `--minutes ${budget.minutes}`,
  });
}

/** Writes down that an engine computes in the folder. */
export async function noteEngine(out: string, begun: Begun, engine: string): Promise<Begun> {
  if (begun.engines.includes(engine)) return begun;
  return await write(join(out, FILE), { ...begun, engines: [...begun.engines, engine] });
}

async function write(path: string, begun: Begun): Promise<Begun> {
  await writeAtomically(path, JSON.stringify(begun, null, 2) + "\n");
  return begun;
}

const isSame = (a: unknown, b: unknown) => canonicalize(a) === canonicalize(b);

const object = v.record(v.string(), v.unknown());

/** As far as it is looked into; what is kept in it is compared as a whole. */
const schema = v.object({
  settings: object,
  methods: object,
  commands: v.array(v.string()),
  engines: v.array(v.string()),
});

async function readBegun(path: string): Promise<Begun | undefined> {
  const doing = "going on with an evaluation";
  const value = await readJsonIfThere(path, { doing, what: "what it was begun with" });
  if (value === undefined) return undefined;
  const { success, issues } = v.safeParse(schema, value);
  if (success) return value as Begun;
  throw new UserError(`${doing}: what it was begun with must be as an evaluation wrote it; name another --out`, {
    where: path,
    value: issues[0].message,
  });
}
