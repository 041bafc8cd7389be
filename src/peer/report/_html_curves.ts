/** Curves of pre-training, the representation's health, the peers' agreement, and fine-tuning. */
import { lineChart, type Series } from "../../display/charts/line_chart.ts";
import { meanOf } from "../../display/statistics.ts";
import { legend } from "../../display/legend.ts";
import { html, type Markup } from "../../display/markup.ts";
import { colours, seriesColour } from "../../display/palette.ts";
import { type NamedMethod, shownMethods } from "./_methods.ts";
import { partRemarks } from "./part.ts";
import type { Method } from "../events.ts";
import type { RunReport, SiteReport, SiteRound } from "./schema.ts";

/** Smoothed curves average over this share of all steps. */
const SMOOTHED_OVER = 1 / 25;
/** A curve is drawn with no more points than this. */
const POINTS = 240;

function bySite(sites: readonly SiteReport[], value: (round: SiteRound) => number | null | undefined): Series[] {
  return sites.map(({ name, rounds }, i) => ({
    name,
    colour: seriesColour(i),
    points: rounds.map((round) => [round.round, value(round) ?? null] as const),
  }));
}

/** Loss, health and consensus over the rounds, a curve for each site. */
export function pretrainingSection({ sites, consensusDistance }: RunReport): Markup {
  const chance = meanOf(sites.flatMap(({ rounds }) => rounds.map(({ health }) => health?.chance)));
  const level = chance === null ? undefined : { name: "chance", value: chance };
  return html`<section><h2>Pre-training</h2>
<p>The loss alone looks alive even when the representation has collapsed, so its health is measured after every round on
cases kept out of training.</p>
${legend(sites.map(({ name }, i) => ({ name, colour: seriesColour(i) })))}<div class="charts">
${
    lineChart({
      title: "Contrastive loss",
      note: "mean over a round's steps",
      xLabel: "round",
      series: bySite(sites, (r) => r.loss),
    })
  }
${
    lineChart({
      title: "Neighbour accuracy",
      note: "the position, by neighbours in other subjects",
      xLabel: "round",
      series: bySite(sites, (r) => r.health?.neighbourAccuracy),
      level,
      include: [0],
    })
  }
${
    lineChart({
      title: "Effective rank",
      note: "directions the embeddings use; 1 is collapse",
      xLabel: "round",
      series: bySite(sites, (r) => r.health?.effectiveRank),
      include: [1],
    })
  }
${
    lineChart({
      title: "Mean cosine",
      note: "between different places; 1 is collapse",
      xLabel: "round",
      series: bySite(sites, (r) => r.health?.meanCosine),
      include: [0, 1],
    })
  }
${
    lineChart({
      title: "Distance between weights",
      note: "peers from their mean, relative; log scale",
      xLabel: "round",
      log: true,
      series: [{
        name: "all peers",
        colour: colours.ink,
        points: consensusDistance.map(({ round, value }) => [round, value] as const),
      }],
    })
  }
</div></section>`;
}

/** Centred moving mean over the finite values. */
function smoothed(values: readonly number[]): (number | null)[] {
  const half = Math.floor(Math.max(1, values.length * SMOOTHED_OVER) / 2);
  return values.map((_, i) => meanOf(values.slice(Math.max(0, i - half), i + half + 1)));
}

function stepPoints(values: readonly (number | null)[]): [number, number | null][] {
  const every = Math.max(1, Math.ceil(values.length / POINTS));
  return values.map((value, i): [number, number | null] => [i + 1, value])
    .filter((_, i) => i % every === 0 || i === values.length - 1);
}

function fineTuningChart({ name, fineTune }: SiteReport, methods: readonly NamedMethod[]): Markup {
  return lineChart({
    title: name,
    xLabel: "step",
    series: methods.flatMap(({ method, words }) => [
      { name: words, colour: colours[method], points: stepPoints(fineTune[method]), faint: true },
      { name: words, colour: colours[method], points: stepPoints(smoothed(fineTune[method])) },
    ]),
    include: [0],
  });
}

/** Distance between the sites' networks, where they fine-tuned together. */
function fineTuningDistances(report: RunReport): Markup | undefined {
  const { sites } = report;
  const rounds = sites.flatMap(({ fineTuneRounds = [] }) => fineTuneRounds);
  if (rounds.length === 0) return undefined;
  const numbers = [...new Set(rounds.map(({ round }) => round))].sort((a, b) => a - b);
  const points = (method: Method) =>
    numbers.map((number) => {
      const seen = rounds.filter((line) => line.method === method && line.round === number);
      return [number, meanOf(seen.map(({ consensus }) => consensus))] as const;
    });
  return lineChart({
    title: "Distance between weights",
    note: "peers from their mean, relative; log scale",
    xLabel: "round",
    log: true,
    series: shownMethods(report).map(({ method, words }) => ({
      name: words,
      colour: colours[method],
      points: points(method),
    })),
  });
}

/** Training loss of each method, a chart for each site that fine-tuned; nothing where none did. */
export function fineTuningSection(report: RunReport): Markup {
  const methods = shownMethods(report);
  const sites = report.sites.filter(({ fineTune }) => fineTune.scratch.length + fineTune.pretrained.length > 0);
  if (sites.length === 0) return html``;
  return html`
    <section>
      <h2>Fine-tuning</h2>
      <p>Dice + cross-entropy on the labelled cases${methods.length > 1 && ", with the same budget for both methods"};
    smoothed over the pale curve of single steps.</p>
      ${partRemarks(report.sites).map((remark) => html`<p>${remark}</p>`)}
      ${legend(methods.map(({ method, words }) => ({ name: words, colour: colours[method] })))}
      <div class="charts">${sites.map((site) => fineTuningChart(site, methods))}${fineTuningDistances(report)}</div>
    </section>
  `;
}
