/** What left each site: bytes, releases of features, noise on weights, and what they spent of the site's privacy. */
import { formatBytes } from "../../display/formats/bytes.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";
import { htmlTable } from "../../display/tables/html.ts";
import type { TrafficKind } from "../../mesh/protocols/traffic.ts";
import type { RunReport, SiteReport } from "./schema.ts";

const KINDS: readonly (readonly [TrafficKind, string])[] = [
  ["weights", "weights"],
  ["embeddings", "embeddings"],
  ["control", "control"],
];

function bytesTable({ sites, bytes, isOwn = false }: RunReport): Markup {
  const rows = sites.map((site) => {
    const flows = KINDS.flatMap(([kind]) => [site.bytes[kind].sent, site.bytes[kind].received]);
    return [site.name, ...flows.map((flow) => formatBytes(flow))];
  });
  const total = ["Sent by all", ...KINDS.flatMap(([kind]) => [formatBytes(bytes[kind]), ""])];
  const header = ["Site", ...KINDS.flatMap(([, words]) => [`${words} sent`, "received"])];
  return htmlTable({ header, rows: isOwn ? rows : [...rows, total] }, { total: !isOwn });
}

function releaseRow({ name, rounds, privacy }: SiteReport): string[] {
  const released = rounds.flatMap((round) => round.released ?? []);
  const known = released.length > 0;
  const releases = released.filter((count) => count > 0);
  const noise = privacy === undefined
    ? NONE
    : privacy === null
    ? "none"
    : `ε ${formatNumber(privacy.epsilon)}, δ ${formatNumber(privacy.delta)} each`;
  const spent = privacy ? `ε ${formatNumber(privacy.spentEpsilon)} of ${formatNumber(privacy.totalEpsilon)}` : NONE;
  return [
    name,
    known ? String(releases.length) : NONE,
    known ? String(releases.reduce((sum, count) => sum + count, 0)) : NONE,
    noise,
    spent,
    privacy ? String(privacy.releases) : NONE,
  ];
}

/** Nothing for reports that do not tell it. */
function releaseTable({ sites }: RunReport): Markup | undefined {
  const isTold = sites.some(({ rounds, privacy }) =>
    privacy !== undefined || rounds.some(({ released }) => released !== undefined)
  );
  if (!isTold) return undefined;
  const header = ["Site", "Rounds with a release", "Features released", "Noise", "Budget spent", "Releases paid for"];
  return html`<h3>Features that were released</h3>
<p class="note">Embeddings of single places, sealed to the members. Releases that were paid for count all runs on the
site's state.</p>${htmlTable({ header, rows: sites.map(releaseRow) })}`;
}

/** Of the sites that clip what they add to the weights and give it noise; nothing where none does. */
function updateTable({ sites }: RunReport): Markup | undefined {
  if (sites.every(({ weightsPrivacy }) => !weightsPrivacy)) return undefined;
  const rows = sites.map(({ name, weightsPrivacy: own }) => [
    name,
    own ? formatNumber(own.clip) : NONE,
    own ? `ε ${formatNumber(own.epsilon)}, δ ${formatNumber(own.delta)} each` : "none",
    own ? `ε ${formatNumber(own.spentEpsilon)} of ${formatNumber(own.totalEpsilon)}` : NONE,
    own ? String(own.releases) : NONE,
  ]);
  return html`
    <h3>Noise on weights</h3>
    <p
      class="note">What a round of training adds to the weights is shortened to the norm of the second column and given noise
    before anybody sees it; updates that were paid for count all runs on the site's state.</p>${htmlTable({
      header: ["Site", "Norm at most", "Noise", "Budget spent", "Updates paid for"],
      rows,
    })}
  `;
}

/** Bytes by kind, and releases. */
export function leftSection(report: RunReport): Markup {
  return html`<section><h2>What left ${report.isOwn ? "the site" : "each site"}</h2>
<p>No volume and no label; each transfer stands in the site's audit log before its first byte leaves.</p>
<h3>Bytes by kind</h3>${bytesTable(report)}${releaseTable(report)}${updateTable(report)}</section>`;
}
