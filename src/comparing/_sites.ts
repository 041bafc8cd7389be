/** The methods of sites that trained together, by their reports. */
import { meanOf } from "../display/statistics.ts";
import type { Method } from "../peer/events.ts";
import type { CaseDice, SiteReport } from "../peer/report/schema.ts";
import type { Compared, ComparedRow, Curve } from "./run.ts";

const METHODS: readonly Method[] = ["pretrained", "scratch"];

/** One side for each method that was tested, named after `run`; sites' curves are averaged. */
export function comparedSites(run: string, sites: readonly SiteReport[]): Compared[] {
  return METHODS.flatMap((method) => {
    const rows = sites.flatMap(({ dice }) => dice.filter((one) => one.method === method).flatMap(rowsOf));
    if (rows.length === 0) return [];
    const objectives = [...new Set(sites.map(({ objective = "FCL" }) => objective))];
    const name = `${run}: ${method === "scratch" ? "from scratch" : objectives.join(", ")}`;
    return [{ name, rows, curves: curvesOf(sites, method) }];
  });
}

function rowsOf({ case: id, perClass, hd95 }: CaseDice): ComparedRow[] {
  return Object.entries(perClass).map(([name, dice]) => ({
    ...{ case: id, class: name },
    scores: { dice, ...(hd95 && { hd95: hd95[name] ?? null }) },
  }));
}

function curvesOf(sites: readonly SiteReport[], method: Method): Curve[] {
  const steps = Math.max(...sites.map(({ fineTune }) => fineTune[method].length));
  const tuning: Curve = {
    title: "Loss of fine-tuning",
    xLabel: "step",
    points: Array.from({ length: steps }, (_, i) => [i + 1, meanOf(sites.map((site) => site.fineTune[method][i]))]),
  };
  if (method === "scratch") return [tuning];
  const rounds = [...new Set(sites.flatMap((site) => site.rounds.map(({ round }) => round)))].sort((a, b) => a - b);
  const over = (title: string, of: (round: SiteReport["rounds"][number]) => number | null | undefined): Curve => ({
    title,
    xLabel: "round",
    points: rounds.map((number) => [
      number,
      meanOf(sites.flatMap((site) => site.rounds.filter(({ round }) => round === number).map(of))),
    ]),
  });
  return [
    over("Loss of pre-training", ({ loss }) => loss),
    over("Distance between the sites' weights", ({ consensus }) => consensus),
    tuning,
  ];
}
