import { paletteSheet } from "./palette.ts";

/** The style sheet of every page: light and dark by the reader's setting, fit for print, no font or file from elsewhere. */
export const STYLE: string = `
${paletteSheet()}*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:40px 24px 56px}
header p,.soft{color:var(--soft)}
.over{font-size:13px;letter-spacing:.04em;margin:0}
h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;margin:4px 0 8px;overflow-wrap:anywhere}
h2{font-size:20px;letter-spacing:-.01em;margin:52px 0 4px}
h2+p{margin:0 0 16px;color:var(--soft);max-width:74ch}
h3{font-size:15px;margin:24px 0 8px}
ul{padding-left:20px;max-width:92ch;font-size:15px;overflow-wrap:anywhere}
.facts{margin:0;display:flex;flex-wrap:wrap;gap:0 18px}
.warn{background:var(--warnbg);color:var(--warn);border-radius:10px;padding:10px 16px;margin:14px 0 0}
.scroll{overflow-x:auto;background:linear-gradient(to right,var(--bg) 40%,transparent) left/32px 100%,
linear-gradient(to left,var(--bg) 40%,transparent) right/32px 100%,
linear-gradient(to right,var(--line),transparent) left/14px 100%,
linear-gradient(to left,var(--line),transparent) right/14px 100%;background-repeat:no-repeat;
background-attachment:local,local,scroll,scroll}
table{border-collapse:collapse;width:100%;font-size:15px}
th,td{padding:7px 9px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:500;color:var(--soft);font-size:14px}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody th{color:var(--ink);font-size:15px;font-weight:400}
tr.total td,tr.total th{font-weight:600;border-bottom:0}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
td.none{color:var(--soft)}
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
section+.plot{margin-top:36px}.plot{max-width:680px;overflow:hidden;border:1px solid var(--line);border-radius:12px;margin-bottom:16px}.plot .title,svg .name{fill:var(--ink)}
.plot .title{font-size:13px}svg .bold{font-weight:600}
.key{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--soft);margin:0 0 12px}
.key span{display:inline-flex;align-items:center;gap:6px}
.dot{width:10px;height:10px;border-radius:50%;background:var(--c);display:inline-block;flex:none}
.dot.square{border-radius:3px}
.empty{color:var(--soft);font-size:14px}
th:first-child{white-space:normal;max-width:240px;overflow-wrap:break-word;hyphens:auto}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px;font-size:13.5px;
white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 16px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:0;font-size:15px}
dt{color:var(--soft)}dt::first-letter{text-transform:uppercase}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:560px){th,td{padding:6px 8px}
table,tbody th,th{font-size:13px}.scroll th:first-child{min-width:64px;max-width:120px;position:sticky;left:0;background:var(--bg)}main{padding:24px 16px 40px}h1{font-size:25px}
h2{margin-top:40px}}
@media print{:root{--bg:#fff}body{font-size:12px}main{max-width:none;padding:0}h2{margin-top:28px;break-after:avoid}
table{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
