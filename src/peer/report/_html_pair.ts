import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";

/** A figure from scratch and the one that was pre-trained, in one cell. */
export function pairCell(
  scratch: number | null,
  pretrained: number | null,
  format: (value: number | null) => string,
): Markup {
  return scratch === null && pretrained === null
    ? html`<td class="none">${NONE}</td>`
    : html`<td>${format(scratch)} <span class="soft">→</span> ${format(pretrained)}</td>`;
}
