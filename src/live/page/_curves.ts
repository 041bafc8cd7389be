/** Loss, health of the representation, distance between the members' weights, and Dice, as they come. */
import { lineChart, type Series } from "../../display/charts/line_chart.ts";
import { stripChart, type StripRow } from "../../display/charts/strip_chart.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { legend } from "../../display/legend.ts";
import { html, type Markup } from "../../display/markup.ts";
import { type Colour, colours } from "../../display/palette.ts";
import type { CurvesNow, DiceNow, Snapshot } from "../state/snapshot.ts";

/** What is trained, in the colours of the reports. */
const TRAININGS: readonly { of: keyof CurvesNow["loss"]; name: string; colour: Colour }[] = [
  { of: "pretrain", name: "pre-training", colour: colours.ink },
  { of: "scratch", name: "fine-tuning from scratch", colour: colours.scratch },
  { of: "pretrained", name: "fine-tuning from pre-training", colour: colours.pretrained },
];
const FINE_TUNINGS = TRAININGS.slice(1);

function seriesOf(curves: CurvesNow["loss"], trainings: typeof TRAININGS = TRAININGS): Series[] {
  return trainings.flatMap(({ of, name, colour }) => {
    const points = curves[of];
    return points && points.length > 0 ? [{ name, colour, points }] : [];
  });
}

/** Charts, one for each curve that there is. */
export function curvesPart({ curves, site }: Snapshot): Markup {
  const { loss, health, chance, distance } = curves;
  const one = (points: Series["points"]) => [{ name: site, colour: colours.ink, points }];
  const fineTuned = seriesOf(loss, FINE_TUNINGS);
  const charts = [
    lineChart({
      title: "Pre-training loss",
      note: "of this site, over steps",
      xLabel: "step",
      series: seriesOf(loss, TRAININGS.slice(0, 1)),
    }),
    ...(fineTuned.length > 0
      ? [lineChart({
        ...{ title: "Fine-tuning loss", note: "of this site, over steps", xLabel: "step", series: fineTuned },
        include: [0],
      })]
      : []),
    lineChart({
      ...{ title: "Distance between weights", note: "members from their mean, relative; log scale", xLabel: "round" },
      ...{ log: true, series: seriesOf(distance) },
    }),
    lineChart({
      ...{ title: "Neighbour accuracy", note: "health: places found again by their embedding", xLabel: "round" },
      ...{ series: one(health.neighbourAccuracy), include: [0] },
      ...(chance !== null && { level: { name: "chance", value: chance } }),
    }),
    lineChart({
      ...{ title: "Effective rank", note: "health: directions in use; 1 is collapse", xLabel: "round" },
      ...{ series: one(health.effectiveRank), include: [1] },
    }),
    lineChart({
      ...{ title: "Mean cosine", note: "health: between different places; 1 is collapse", xLabel: "round" },
      ...{ series: one(health.meanCosine), include: [0, 1] },
    }),
  ];
  const trained = TRAININGS.filter(({ of }) => of === "pretrain" || loss[of]);
  return html`${legend(trained)}<div class="charts">${charts}</div>`;
}

/** A strip for each structure, a lane for each method; a dot is a test case. */
export function dicePart({ dice }: Snapshot): Markup {
  if (dice.length === 0) return html`<p class="empty">No test case has been predicted yet.</p>`;
  const structures = [...new Set(dice.map(({ structure }) => structure))];
  const laneOf = ({ method, values, mean, sd, cases }: DiceNow) => ({
    name: `${TRAININGS.find(({ of }) => of === method)!.name}, ${cases} cases`,
    colour: colours[method],
    dots: values.map((value) => ({ name: "a test case", value })),
    spread: { mean, sd },
  });
  const rows = structures.map((structure): StripRow => ({
    name: structure,
    lanes: FINE_TUNINGS.flatMap(({ of }) =>
      dice.filter((one) => one.structure === structure && one.method === of).map(laneOf)
    ),
  }));
  return html`<figure class="chart dice">${
    legend(FINE_TUNINGS, { note: "a dot is a test case, the bar ± one standard deviation" })
  }${stripChart(rows, { label: "Dice by structure", format: formatDice, width: 480, names: 140 })}</figure>`;
}
