/**
 * What `doctor --config` finds: each with what to do about it.
 *
 * @module
 */

/** How grave a finding is; a note asks for nothing. */
export type Level = "ok" | "note" | "warning" | "fault";

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at: "data", "ports" … */
  readonly check: string;
  readonly level: Level;
  /** A sentence without its full stop. */
  readonly says: string;
  /** What to do; of warnings and faults. */
  readonly remedy?: string;
}

/** Exit codes: ready, ready with warnings, not ready. */
export const READINESS = { ready: 0, warnings: 4, "not ready": 1 } as const;

/** What all findings together say. */
export function readinessOf(findings: readonly Finding[]): keyof typeof READINESS {
  const has = (level: Level) => findings.some((finding) => finding.level === level);
  return has("fault") ? "not ready" : has("warning") ? "warnings" : "ready";
}

/** A finding in a line or two. */
export function findingText({ check, level, says, remedy }: Finding): string {
  const text = `${level.padEnd(8)} ${check.padEnd(10)} ${says}`;
  return remedy === undefined ? text : `${text}\n${" ".repeat(20)}-> ${remedy}`;
}

/** Findings of one check. */
export interface Findings {
  ok(says: string): Finding;
  note(says: string): Finding;
  warning(says: string, remedy: string): Finding;
  fault(says: string, remedy: string): Finding;
}

/** Makes findings of the check of that name. */
export function findingsOf(check: string): Findings {
  return {
    ok: (says) => ({ check, level: "ok", says }),
    note: (says) => ({ check, level: "note", says }),
    warning: (says, remedy) => ({ check, level: "warning", says, remedy }),
    fault: (says, remedy) => ({ check, level: "fault", says, remedy }),
  };
}
