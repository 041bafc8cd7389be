/**
 * What a site keeps of a plan in its folder of state: what it said, which it says once, and the plan with what it
 * follows from.
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import { readJsonIfThere } from "../../core/text_files.ts";
import type { FixedPlan } from "../../mesh/plans/protocol.ts";
import { type Statement, statementSchema } from "../../mesh/plans/statement.ts";
import type { PlanTerms } from "../../planning/consortium_plan.ts";
import { planFile } from "../state/layout.ts";

/** What is kept. */
export interface KeptPlan {
  /** What this site said. */
  readonly own: Statement;
  /** The plan, once it is fixed. */
  readonly fixed?: FixedPlan;
}

/** Under what it holds. */
export interface KeptUnder {
  readonly consortium: string;
  readonly terms: PlanTerms;
}

const schema = v.strictObject({
  version: v.literal(1),
  consortium: v.string(),
  terms: v.record(v.string(), v.unknown()),
  own: statementSchema,
  fixed: v.optional(v.strictObject({ plan: v.unknown(), basis: v.array(statementSchema) })),
});

const DOING = "reading the plan of the sites";

/**
 * What is kept, if anything.
 *
 * @throws {UserError} if it is damaged, or is of another consortium or budget.
 */
export async function readKeptPlan(
  stateDirectory: string,
  { consortium, terms }: KeptUnder,
): Promise<KeptPlan | undefined> {
  const path = planFile(stateDirectory);
  const value = await readJsonIfThere(path, { doing: DOING });
  if (value === undefined) return undefined;
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const rule = `${DOING}: it must be as it was written, or be deleted, so that the sites' is taken over anew`;
    throw new UserError(`${rule}; ${issue.message}`, { where: `${path}, at ${v.getDotPath(issue) ?? "the top"}` });
  }
  const { version: _, ...kept } = parsed.output;
  const now: Record<string, unknown> = { consortium, ...terms };
  const before: Record<string, unknown> = { consortium: kept.consortium, ...kept.terms };
  const differing = [...new Set([...Object.keys(now), ...Object.keys(before)])]
    .filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
  if (differing.length > 0) {
    const shown = (values: Record<string, unknown>) =>
      differing.map((name) => `${name} ${JSON.stringify(values[name]) ?? "none"}`).join(", ");
    throw new UserError(
      `${DOING}: it was made with ${shown(before)}; go back to that, or delete the file at all sites to plan anew`,
      { where: path, value: shown(now) },
    );
  }
  return { own: kept.own, ...(kept.fixed && { fixed: kept.fixed }) };
}

/** Keeps it, in place of what was kept before. */
export async function keepPlan(stateDirectory: string, under: KeptUnder, kept: KeptPlan): Promise<void> {
  await Deno.mkdir(stateDirectory, { recursive: true });
  const text = JSON.stringify({ version: 1, ...under, ...kept }, null, 2);
  await writeAtomically(planFile(stateDirectory), `${text}\n`);
}
