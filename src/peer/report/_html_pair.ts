import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";
import { hasBaseline } from "./_methods.ts";
import type { RunReport } from "./schema.ts";

/** Makes one cell of a figure from scratch and the one that was pre-trained. */
export type FigureCell = (
  scratch: number | null,
  pretrained: number | null,
  format: (value: number | null) => string,
) => Markup;

const pairCell: FigureCell = (scratch, pretrained, format) =>
  scratch === null && pretrained === null
    ? html`<td class="none">${NONE}</td>`
    : html`<td>${format(scratch)} <span class="soft">→</span> ${format(pretrained)}</td>`;

const soleCell: FigureCell = (_, pretrained, format) =>
  pretrained === null ? html`<td class="none">${NONE}</td>` : html`<td>${format(pretrained)}</td>`;

/** The cell of a report: of both figures, or of the second only where nothing was trained from scratch. */
export function figureCell(report: Pick<RunReport, "sites">): FigureCell {
  return hasBaseline(report) ? pairCell : soleCell;
}
