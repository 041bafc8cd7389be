/** What only the report of a run has on its page: cards, pictures, the Dice chart, the heat of exchanges. */
export const REPORT_STYLE = `
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px;margin:28px 0 14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 20px}
.card b{display:block;font-size:34px;line-height:1.2;letter-spacing:-.02em;font-weight:600}
.card.pretrained b{color:var(--pretrained)}.card.scratch b{color:var(--scratch)}
.card span{color:var(--soft);font-size:14px}
.verdict{margin:0;max-width:74ch}
td.pretrained{color:var(--pretrained)}.dice svg .name{font-size:14px}
.case{margin:0 0 18px;break-inside:avoid}
.case>figcaption{font-size:14px;margin-bottom:6px}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:8px}
.tiles figure{background:#000;border-radius:8px;overflow:hidden}
.tiles img{display:block;width:100%;aspect-ratio:1;object-fit:contain}
.tiles figcaption{font-size:12.5px;color:#c9d0d5;background:#000;padding:3px 8px 6px}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(480px,100%),1fr));gap:4px 28px}
.heat td,.heat th{text-align:center;white-space:normal;max-width:120px}.heat th:first-child{text-align:left;max-width:240px}
.dice .key{margin:0}.dice{max-width:640px;margin-bottom:24px}
.note{margin:0 0 10px;color:var(--soft);font-size:14.5px;max-width:84ch}.scroll+.note{margin-top:10px}
.uses{margin:0 0 12px;font-size:15px}.uses summary{cursor:pointer;padding:4px 0}.uses dl{padding:4px 0 8px 16px}
.caveat{border-top:1px solid var(--line);margin-top:48px;padding-top:16px;color:var(--soft);font-size:14.5px}
.caveat p{margin:0 0 8px;max-width:84ch}
@media (max-width:560px){.cards{gap:10px}.card{padding:10px 16px}.card b{font-size:28px}.dice svg text,.dice svg .name{font-size:15.5px}
.tiles{grid-template-columns:1fr 1fr}}
@media (max-width:560px){.uses dl{grid-template-columns:1fr;padding-left:0}.uses dd{margin-bottom:8px}}
@media print{.card,.dice{break-inside:avoid}}
`;
