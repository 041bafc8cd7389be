/** Which networks a run has fine-tuned, as far as its report compares them. */
import type { Method } from "../events.ts";
import type { RunReport } from "./schema.ts";

/** A method, and what it is called. */
export interface NamedMethod {
  readonly method: Method;
  readonly words: string;
}

/** Whether some site has trained from scratch, too: without, there is nothing to compare with. */
export function hasBaseline({ sites }: Pick<RunReport, "sites">): boolean {
  return sites.some(({ dice, fineTune }) =>
    fineTune.scratch.length > 0 || dice.some(({ method }) => method === "scratch")
  );
}

/** The methods, in the order in which they are shown. */
export function shownMethods(report: Pick<RunReport, "sites" | "objective">): NamedMethod[] {
  return [
    ...hasBaseline(report) ? [{ method: "scratch", words: "from scratch" } as const] : [],
    { method: "pretrained", words: report.objective },
  ];
}
