/**
 * A tree of times as a picture: each part as wide as its time, under the part to which it belongs.
 *
 * @module
 */

import { formatShare } from "../../src/display/formats/share.ts";
import { html, type Markup } from "../../src/display/markup.ts";
import { css, seriesColour } from "../../src/display/palette.ts";
import type { TimeNode } from "./_profile.ts";

const WIDTH = 1040;
const ROW = 24;
/** Narrower parts are left out; pixels. */
const NARROWEST = 0.5;
/** Of the text, roughly; pixels. */
const CHARACTER = 6.2;

/** A part with its place. */
export interface Box {
  /** The names from the whole down to this part. */
  readonly path: readonly string[];
  readonly milliseconds: number;
  readonly x: number;
  readonly width: number;
  readonly depth: number;
}

/** Where each part lies, in pixels of a picture of `width`. */
export function layOut(tree: TimeNode, width: number): Box[] {
  const scale = tree.milliseconds > 0 ? width / tree.milliseconds : 0;
  const place = (node: TimeNode, x: number, path: readonly string[]): Box[] => {
    const own = { path: [...path, node.name], milliseconds: node.milliseconds, x, width: node.milliseconds * scale };
    if (own.width < NARROWEST) return [];
    let next = x;
    const below = node.children.flatMap((child) => {
      const boxes = place(child, next, own.path);
      next += child.milliseconds * scale;
      return boxes;
    });
    return [{ ...own, depth: path.length }, ...below];
  };
  return place(tree, 0, []);
}

/** The picture as SVG; pointing at a part shows its path, time and share. */
export function flame(tree: TimeNode): Markup {
  const boxes = layOut(tree, WIDTH);
  const rows = 1 + boxes.reduce((deepest, { depth }) => Math.max(deepest, depth), 0);
  const colours = new Map<string, string>();
  const colourOf = (name: string) => {
    if (!colours.has(name)) colours.set(name, css(seriesColour(colours.size)));
    return colours.get(name)!;
  };
  const round = (value: number) => Math.round(value * 10) / 10;
  return html`
    <svg class="flame" viewBox="0 0 ${WIDTH} ${rows * ROW}" role="img"
      aria-label="The time of a training step by phase, layer and kernel">
        ${boxes.map(({ path, milliseconds, x, width, depth }) => {
          const name = path[path.length - 1];
          const share = formatShare(milliseconds, tree.milliseconds);
          const room = Math.floor((width - 8) / CHARACTER);
          const text = name.length <= room ? name : room >= 4 ? `${name.slice(0, room - 1)}…` : "";
          return html`
            <g><title>${path.join(" / ")}: ${milliseconds.toFixed(2)} ms, ${share}</title>
                    <rect x="${round(x)}" y="${depth * ROW}" width="${round(width)}" height="${ROW - 1}" rx="2"
                      style="fill:${colourOf(name)}"/>
                    ${text && html`<text x="${round(x + 4)}" y="${depth * ROW + 16}">${text}</text>`}</g>
          `;
        })}</svg>
  `;
}
