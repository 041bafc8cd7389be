/**
 * What an evaluation's folder was begun with must not change while it is gone on with.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { writeAtomically } from "../../src/core/files.ts";
import type { Evaluation, EvaluationRequest } from "./_evaluation.ts";

/** What of a request the results depend on, beside the evaluation itself. */
type Conditions = Pick<EvaluationRequest, "development" | "sites" | "engine">;

/**
 * Keeps what the folder is begun with, or compares it. Methods may be added while it is gone on with, not changed.
 *
 * @throws {UserError} if something differs.
 */
export async function requireSame(out: string, evaluation: Evaluation, conditions: Conditions): Promise<void> {
  const { methods: _, ...protocol } = evaluation.protocol;
  const settings = asText({ dataset: evaluation.dataset.name, protocol, ...conditions });
  const path = join(out, "evaluation.json"), before = await read(path);
  if (before === undefined) await writeAtomically(path, settings);
  else if (before !== settings) refuse("data, protocol, sites and engine", path, "they differ");
  await requireSameMethods(join(out, "methods.json"), evaluation);
}

async function requireSameMethods(path: string, { methods }: Evaluation): Promise<void> {
  const known: Record<string, unknown> = JSON.parse(await read(path) ?? "{}");
  for (const [name, method] of methods) {
    if (name in known && asText(known[name]) !== asText(method)) refuse("methods", path, `${name} differs`);
    known[name] = method;
  }
  await writeAtomically(path, asText(known));
}

const asText = (value: unknown) => JSON.stringify(value, null, 2) + "\n";

function refuse(what: string, where: string, value: string): never {
  throw new UserError(`going on with an evaluation: ${what} must be those that it was begun with`, { where, value });
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
