/**
 * The live page: whole when it comes, so that it needs no script to be read; its script keeps it up to date.
 *
 * @module
 */
import { html, trusted } from "../../display/markup.ts";
import { STYLE } from "../../display/style.ts";

/** The page around its parts; `site` is escaped, the parts are markup already. */
export function livePage(site: string, parts: Readonly<Record<string, string>>): string {
  const place = (id: string) => html`<div id="${id}">${trusted(parts[id])}</div>`;
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>${site} · live · syncytium</title>
        <link rel="stylesheet" href="live.css">
        <script type="module" src="live.js"></script>
      </head>
      <body>
        <main>
          <header>
            <div class="top">
              <p class="over">syncytium · live page</p>
              <p class="over" id="connection" role="status">as it was when this page was opened</p>
              <button id="pause" type="button" hidden>Pause</button>
            </div>
            <h1>${site}</h1>
            ${place("now")}
          </header>
          ${place("notices")}
          ${place("figures")}
          <section aria-labelledby="h-members">
            <h2 id="h-members">Members</h2>
            <p>As this site sees them. Rounds are those of the whole run.</p>
            ${place("members")}
            <h3>Latest averaging of this site</h3>
            ${place("exchanges")}
          </section>
          <section aria-labelledby="h-curves">
            <h2 id="h-curves">Training</h2>
            <p>Long curves are drawn by the means of neighbouring points.</p>
            ${place("curves")}
            <h3>Dice of the test cases</h3>
            ${place("dice")}
          </section>
          <section aria-labelledby="h-left">
            <h2 id="h-left">What leaves the site</h2>
            <p>Weights, sealed features and what the mesh needs; never volumes or labels.</p>
            <div class="two">
              <div><h3>Bytes since the start</h3>${place("bytes")}</div>
              <div><h3>Privacy budget</h3>${place("privacy")}</div>
            </div>
            <h3>Audit log</h3>
            ${place("audit")}
          </section>
          <section aria-labelledby="h-log">
            <h2 id="h-log">Log</h2>
            <p>The latest lines; times in UTC.</p>
            <div id="log" class="log" role="log" aria-labelledby="h-log" tabindex="0">${trusted(parts.log)}</div>
          </section>
          <section aria-labelledby="h-facts">
            <h2 id="h-facts">This peer</h2>
            ${place("facts")}
          </section>
          <noscript><p class="warn">Without JavaScript the page stays as it is: load it again.</p></noscript>
        </main>
      </body>
    </html>
  `.text;
}

/** The page's style sheet: that of all pages, and what only this one has. */
export function liveStyle(): string {
  return `${STYLE}
main{max-width:1180px;padding-top:28px}
.top{display:flex;flex-wrap:wrap;align-items:center;gap:4px 18px;min-height:34px}#connection{margin-left:auto}
#connection::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:7px;
background:var(--soft)}#connection.live::before{background:var(--pretrained)}#connection.lost{color:var(--warn)}
#connection.lost::before{background:var(--warn)}
button{font:inherit;font-size:14px;color:var(--ink);background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:3px 12px;min-height:32px;cursor:pointer}button[hidden]{display:none}
:focus-visible{outline:2px solid var(--pretrained);outline-offset:2px}
.now{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:baseline;margin:0 0 8px}
.pill{font-weight:600;color:var(--ink)}.pill.busy,.pill.done{color:var(--pretrained)}.pill::first-letter{text-transform:uppercase}
progress,meter{appearance:none;display:block;width:100%;height:8px;border:0;border-radius:4px;background:var(--line);overflow:hidden}
progress::-webkit-progress-bar,meter::-webkit-meter-bar{background:var(--line);border:0;border-radius:4px;height:8px}
progress::-webkit-progress-value{background:var(--pretrained);border-radius:4px}
progress::-moz-progress-bar,meter::-moz-meter-bar{background:var(--pretrained);border-radius:4px}
meter::-webkit-meter-inner-element{display:block;height:8px}meter::-webkit-meter-optimum-value{background:var(--pretrained)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:22px 0 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:12px 16px}
.card b{display:block;font-size:25px;line-height:1.25;letter-spacing:-.015em;font-weight:600;white-space:nowrap}
.card span{display:block;color:var(--soft);font-size:13.5px;line-height:1.35}
section>h3{margin-top:30px}h2{margin-top:44px}
td.there{color:var(--pretrained)}td.bad{color:var(--warn)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:0 48px}
.two p{margin:0 0 10px}.remarks{margin:12px 0 0}
code{font-size:.92em}.digest{overflow-wrap:anywhere}
.dice{max-width:580px}.dice .key{margin:0}.dice svg .name{font-size:13px}
.log{max-height:340px;overflow-y:auto;background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:10px 14px;font-size:14px;line-height:1.5}
.log p{margin:0 0 3px;overflow-wrap:anywhere}.log .at{color:var(--soft);margin-right:6px}.log .warning b{color:var(--warn)}
@media (max-width:560px){main{padding-top:16px}.cards{grid-template-columns:1fr 1fr;gap:10px}.card{padding:10px 12px}.card b{font-size:20px}
.dice svg text,.dice svg .name{font-size:15px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}.log{padding:8px 10px;font-size:13px}}
@media (prefers-reduced-motion:no-preference){progress::-webkit-progress-value{transition:inline-size .3s}}
`;
}
