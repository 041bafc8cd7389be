/**
 * The viewer's page: a frame that its script fills.
 *
 * @module
 */
import { html } from "../display/markup.ts";
import { paletteSheet } from "../display/palette.ts";
import type { Show } from "./show.ts";

/** What the keys do, as the page's help line says it; the script has them by the same letters. */
const KEYS: readonly (readonly [string, string])[] = [
  ["n p", "next, previous case"],
  ["↑ ↓", "slice, PgUp PgDn ten"],
  ["← →", "turn in 3D"],
  ["v", "view"],
  ["t", "truth"],
  ["1 – 9", "predictions"],
  ["o", "outline or fill"],
];

/** The page's HTML; every name in it is escaped. */
export function viewerPage({ title, cases }: Show): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>${title} · syncytium</title>
        <link rel="stylesheet" href="viewer.css">
      </head>
      <body>
        <header>
          <h1 title="${title}">${title}</h1>
          <nav aria-label="cases" ${cases.length === 1
            ? html`
              hidden
            `
            : ""}>
            <button id="previous" title="previous case (p)" aria-label="previous case">‹</button>
            <select id="cases" aria-label="case">${cases.map(({ id }, i) =>
              html`<option value="${i}">${id}</option>`
            )}</select>
            <button id="next" title="next case (n)" aria-label="next case">›</button>
            <span id="count" class="soft"></span>
          </nav>
          <div id="views" role="group" aria-label="view"></div>
        </header>
        <main>
          <div class="stage">
            <canvas id="volume" aria-label="the volume"></canvas>
            <p id="state" role="status">loading …</p>
          </div>
          <aside>
            <section>
              <h2>Over the image</h2>
              <div id="overlays"></div>
            </section>
            <section>
              <h2>Structures</h2>
              <ul id="structures"></ul>
            </section>
            <section>
              <h2>Crosshair</h2>
              <p id="place" class="soft"></p>
            </section>
            <div id="remarks"></div>
          </aside>
        </main>
        <footer>${KEYS.map(([key, does]) => html`<span><kbd>${key}</kbd> ${does}</span>`)}</footer>
        <noscript><p>The viewer needs JavaScript and WebGL 2.</p></noscript>
        <script type="module" src="viewer.js"></script>
      </body>
    </html>
  `.text;
}

/** The page's style sheet, light and dark by the reader's setting. */
export function viewerStyle(): string {
  return `${paletteSheet()}*{box-sizing:border-box}
html,body{height:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums;display:grid;grid-template-rows:auto minmax(0,1fr) auto;height:100dvh}
header{display:flex;flex-wrap:wrap;align-items:center;gap:8px 20px;padding:10px 20px}
h1{font-size:18px;letter-spacing:-.01em;margin:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:36ch}
nav{display:flex;align-items:center;gap:6px}nav[hidden]{display:none}
#views{margin-left:auto;display:flex;border:1px solid var(--line);border-radius:8px;overflow:hidden}
button,select{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:4px 11px;cursor:pointer;min-height:34px}
select{max-width:min(46ch,50vw)}
#views button{border:0;border-radius:0;border-left:1px solid var(--line)}#views button:first-child{border-left:0}
#views button[aria-pressed=true]{background:var(--pretrained);color:var(--bg)}
:focus-visible{outline:2px solid var(--pretrained);outline-offset:1px}
#views button:focus-visible{outline-offset:-3px;outline-color:currentColor}
main{display:grid;grid-template-columns:minmax(0,1fr) 250px;gap:18px;padding:0 20px;min-height:0}
.stage{position:relative;min-height:0;border:1px solid var(--line);border-radius:12px;overflow:hidden;background:var(--card)}
canvas{position:absolute;inset:0;width:100%;height:100%;outline:none}
#state{position:absolute;left:14px;bottom:10px;margin:0;font-size:13px;color:var(--soft);background:var(--card);
border-radius:6px;padding:2px 8px;max-width:90%}
#state:empty{display:none}#state.failed{color:var(--warn);background:var(--warnbg)}
aside{overflow-y:auto;min-height:0;padding-bottom:12px}
h2{font-size:13px;font-weight:500;color:var(--soft);margin:0 0 4px}
section{margin-bottom:18px}
.soft{color:var(--soft);font-size:14px}#place{margin:0}
label{display:flex;gap:9px;align-items:center;padding:3px 0;cursor:pointer;overflow-wrap:anywhere}
input{accent-color:var(--pretrained);width:16px;height:16px;margin:0;flex:none}
label kbd{margin-left:auto}
ul{list-style:none;margin:0;padding:0}li{display:flex;gap:9px;align-items:center;padding:2px 0;overflow-wrap:anywhere}
li i{width:12px;height:12px;border-radius:3px;flex:none;border:1px solid color-mix(in srgb,var(--ink) 35%,transparent)}
#remarks p{background:var(--warnbg);color:var(--warn);border-radius:8px;padding:7px 12px;margin:0 0 8px;font-size:13.5px;
overflow-wrap:anywhere}
footer{display:flex;flex-wrap:wrap;gap:2px 18px;padding:10px 20px;font-size:13px;color:var(--soft)}
kbd{font:inherit;font-size:12.5px;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:5px;
padding:0 6px;white-space:nowrap}
noscript p{position:fixed;inset:0;margin:0;display:grid;place-content:center;background:var(--bg)}
@media (max-width:720px){body{height:auto;min-height:100dvh;grid-template-rows:auto auto auto}
main{grid-template-columns:minmax(0,1fr)}.stage{height:62dvh}header,main{padding-inline:12px}#views{margin-left:0}
footer{padding-inline:12px}#views button{padding:4px 9px}select{max-width:44vw}}
`;
}
