/** The page's style sheet: light and dark by the reader's setting, fit for print, no font or file from elsewhere. */
export const STYLE = `
:root{--bg:#faf9f6;--card:#fff;--ink:#23282d;--soft:#667079;--line:#e4e1da;--pretrained:#0b7a75;--scratch:#b0763a;
--warn:#a8321f;--warnbg:#fdf0ec;--s0:#0b7a75;--s1:#c8553d;--s2:#4a6fa5;--s3:#c99700;--s4:#7b4b94;--s5:#5b8c2a;
--s6:#b5446e;--s7:#3a9bbf;--s8:#8a6240;--s9:#5c6470;color-scheme:light}
@media (prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1c2125;--ink:#e4e6e3;--soft:#98a2a9;--line:#2f363b;
--pretrained:#4fc4bb;--scratch:#dda464;--warn:#ff9d88;--warnbg:#37211d;--s0:#4fc4bb;--s1:#f08a72;--s2:#8fb0e6;--s3:#e6c04d;
--s4:#c093d8;--s5:#9fce6c;--s6:#ec86ac;--s7:#7cc8e6;--s8:#c79d78;--s9:#a3acb5;color-scheme:dark}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:40px 24px 56px}
header p,.soft{color:var(--soft)}
.over{font-size:13px;letter-spacing:.04em;margin:0}
h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;margin:4px 0 8px;overflow-wrap:anywhere}
h2{font-size:20px;letter-spacing:-.01em;margin:52px 0 4px}
h2+p{margin:0 0 16px;color:var(--soft);max-width:74ch}
h3{font-size:15px;margin:24px 0 8px}
.facts{margin:0;display:flex;flex-wrap:wrap;gap:0 18px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px;margin:28px 0 14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 20px}
.card b{display:block;font-size:34px;line-height:1.2;letter-spacing:-.02em;font-weight:600}
.card.pretrained b{color:var(--pretrained)}.card.scratch b{color:var(--scratch)}
.card span{color:var(--soft);font-size:14px}
.verdict{margin:0;max-width:74ch}
.warn{background:var(--warnbg);color:var(--warn);border-radius:10px;padding:10px 16px;margin:14px 0 0}
.split{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.12fr);gap:32px;align-items:center}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:15px}
th,td{padding:7px 9px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:500;color:var(--soft);font-size:14px}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody th{color:var(--ink);font-size:15px;font-weight:400}
tr.total td,tr.total th{font-weight:600;border-bottom:0}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
td.pretrained{color:var(--pretrained)}td.none{color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr));gap:16px}
figure{margin:0;min-width:0}
.chart{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 14px 8px;break-inside:avoid}
.chart figcaption b{display:block;font-weight:600;font-size:15px}
.chart figcaption span{color:var(--soft);font-size:13px;display:block;line-height:1.4;margin-bottom:4px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font-size:11.5px;fill:var(--soft)}
.grid path,.rule{stroke:var(--line);fill:none}
.curves g{stroke:var(--c);fill:none;stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
.curves circle{fill:var(--c);stroke:var(--card);stroke-width:1}
.curves .faint{opacity:.3;stroke-width:1}
.level path{stroke:var(--soft);stroke-dasharray:4 4;fill:none}
.dice .name{font-size:14px;fill:var(--ink)}.dice .bold{font-weight:600}
.dice .scratch{--c:var(--scratch)}.dice .pretrained{--c:var(--pretrained)}
.dice g path{stroke:var(--c);stroke-width:2;stroke-linecap:round}.dice g.grid path{stroke:var(--line);stroke-width:1}
.dice circle{fill:var(--c)}.dice .site{opacity:.38}
.key{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--soft);margin:0 0 12px}
.key span{display:inline-flex;align-items:center;gap:6px}
.dot{width:10px;height:10px;border-radius:50%;background:var(--c);display:inline-block;flex:none}
.dot.pretrained{--c:var(--pretrained)}.dot.scratch{--c:var(--scratch)}.dot.square{border-radius:3px}
.case{margin:0 0 18px;break-inside:avoid}
.case>figcaption{font-size:14px;margin-bottom:6px}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:8px}
.tiles figure{background:#000;border-radius:8px;overflow:hidden}
.tiles img{display:block;width:100%;aspect-ratio:1;object-fit:contain}
.tiles figcaption{font-size:12.5px;color:#c9d0d5;background:#000;padding:3px 8px 6px}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(480px,100%),1fr));gap:4px 28px}
.empty{color:var(--soft);font-size:14px}
th:first-child{white-space:normal;max-width:240px;overflow-wrap:break-word;hyphens:auto}
.heat td,.heat th{text-align:center;white-space:normal;max-width:120px}.heat th:first-child{text-align:left;max-width:240px}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px;font-size:13.5px;
white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 16px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:0;font-size:15px}
dt{color:var(--soft)}dt::first-letter{text-transform:uppercase}dd{margin:0;overflow-wrap:anywhere}
.caveat{border-top:1px solid var(--line);margin-top:48px;padding-top:16px;color:var(--soft);font-size:14.5px}
.caveat p{margin:0 0 8px;max-width:84ch}
@media (max-width:940px){.split{grid-template-columns:minmax(0,1fr)}}
@media (max-width:560px){.cards{gap:10px}.card{padding:10px 16px}.card b{font-size:28px}th,td{padding:6px 3px}
table,tbody th{font-size:12px;letter-spacing:-.01em}th{font-size:12px}th:first-child{max-width:110px}.dice text,.dice .name{font-size:15.5px}main{padding:24px 16px 40px}h1{font-size:25px}.tiles{grid-template-columns:1fr 1fr}
h2{margin-top:40px}}
@media print{:root{--bg:#fff}body{font-size:12px}main{max-width:none;padding:0}h2{margin-top:28px;break-after:avoid}
table,.card,.split{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
