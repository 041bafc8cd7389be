/** What the report says of a round that sites did together. */
import type { Run, Trained, Training } from "./_run.ts";
import type { Method, RepresentationHealth } from "./events.ts";

/** A round but for how its weights do. */
export interface DoneRound {
  round: number;
  trained: Pick<Trained, "loss">;
  partners: string[];
  /** Why there are none. */
  alone?: string;
  released?: number;
  startedAt: number;
}

/** Writes into the lines of the report what a round came to, in the place of what was written of it before. */
export async function noteRound(
  { mesh, rounds, fineTuneRounds }: Pick<Run, "mesh" | "rounds" | "fineTuneRounds">,
  { method }: Pick<Training, "method">,
  { round, trained, health, partners, alone, released, startedAt }: DoneRound & { health: RepresentationHealth | null },
) {
  const distance = await mesh.consensus();
  const line = {
    round,
    loss: Number.isFinite(trained.loss) ? trained.loss : null,
    partners,
    ...(partners.length === 0 && alone !== undefined && { alone }),
    consensus: Number.isFinite(distance) ? distance : undefined,
  };
  const seconds = (performance.now() - startedAt) / 1000;
  if (method) replaceLine(fineTuneRounds, { ...line, seconds, method });
  else replaceLine(rounds, { ...line, seconds, health, ...(released !== undefined && { released }) });
  return line;
}

/** Puts `line` at the end, or there in the place of the same round's. */
function replaceLine<Line extends { round: number; method?: Method }>(lines: Line[], line: Line): void {
  const last = lines.at(-1);
  if (last && last.round === line.round && last.method === line.method) lines.pop();
  lines.push(line);
}
