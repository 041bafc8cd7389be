/** What went over the wire, between whom, how the run was made, and what it does not show. */
import { formatBytes } from "../../display/formats/bytes.ts";
import { formatDuration } from "../../display/formats/duration.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { formatTime } from "../../display/formats/time.ts";
import { NONE } from "../../display/formats/none.ts";
import { shortPeerId, withNames } from "../../display/formats/peer_id.ts";
import { html, type Markup } from "../../display/markup.ts";
import { htmlTable } from "../../display/tables/html.ts";
import { hasBaseline } from "./_methods.ts";
import { lonelyRounds } from "./lonely_rounds.ts";
import { namesOf } from "./participation.ts";
import type { RunReport, SiteReport } from "./schema.ts";

/** How often each site averaged with each other member: counts by site, then by partner's name. */
export function exchanges(sites: readonly SiteReport[]): { partners: string[]; counts: Map<string, number>[] } {
  const byId = namesOf(sites);
  const names = new Map([...byId, ...[...byId.values()].map((name) => [name, name] as const)]);
  const counts = sites.map(({ rounds }) => {
    const of = new Map<string, number>();
    for (const partner of rounds.flatMap(({ partners }) => partners)) {
      const name = names.get(partner) ?? shortPeerId(partner);
      of.set(name, (of.get(name) ?? 0) + 1);
    }
    return of;
  });
  const own = sites.map(({ name }) => name);
  const others = counts.flatMap((of) => [...of.keys()]).filter((name) => !own.includes(name));
  return { partners: [...own, ...new Set(others)], counts };
}

function exchangeTable({ sites, isOwn = false }: RunReport): Markup {
  const { partners: named, counts } = exchanges(sites);
  const partners = isOwn ? named.filter((name) => name !== sites[0].name) : named;
  if (partners.length === 0) return html`<p class="note">With nobody.</p>`;
  const most = Math.max(1, ...counts.flatMap((of) => [...of.values()]));
  const cellOf = (count: number) => {
    const share = Math.round((count / most) * 32);
    return html`<td style="background:color-mix(in srgb,var(--pretrained) ${share}%,transparent)">${count}</td>`;
  };
  return htmlTable({
    header: ["Site", ...partners],
    rows: sites.map((site, i) => [
      site.name,
      ...partners.map((name) => name === site.name ? html`<td class="none">·</td>` : cellOf(counts[i].get(name) ?? 0)),
    ]),
  }, { kind: "heat" });
}

function participationTable({ participation }: RunReport): Markup {
  const table = htmlTable({
    header: ["Site", "Round", "Trained itself", "Mass", "Exchanges", "Last seen by another"],
    rows: participation.map(({ name, round, planned, trained, mass, exchanges, lastSeen }) => [
      name,
      `${round} of ${planned}`,
      formatNumber(trained, 6),
      formatNumber(mass, 6),
      String(exchanges),
      lastSeen === null ? NONE : formatTime(lastSeen),
    ]),
  });
  const remarks = participation.flatMap(({ remarks }) => remarks);
  return html`${table}${remarks.map((remark) => html`<p class="warn">${remark}</p>`)}`;
}

/** Of each site that averaged with nobody in some rounds, in how many and why. */
function lonelyRemarks({ sites }: RunReport): Markup[] {
  const names = namesOf(sites);
  return sites.flatMap((site) => {
    const remark = lonelyRounds(site);
    return remark === undefined ? [] : [html`<p class="note">${site.name} ${withNames(remark, names)}.</p>`];
  });
}

/** Who took part, and the exchanges between sites. */
export function meshSection(report: RunReport): Markup {
  const others = report.isOwn
    ? "The other members stand here as this site saw them."
    : "A site without a report of its own stands here as the others saw it.";
  const title = report.isOwn
    ? "With whom this site turned to average weights"
    : "How often a site turned to another to average weights";
  return html`<section><h2>The mesh</h2>
<p>No server: each site averages weights with the partners it meets in a round, and exchanges embeddings sealed to the
members.</p>
<h3>Who took part</h3>
<p class="note">Mass is the number of training volumes, by which a site's weights count. ${others}</p>${
    participationTable(report)
  }
<h3>${title}</h3>${exchangeTable(report)}${lonelyRemarks(report)}</section>`;
}

/** ", after webgpu was lost"; empty where nothing was. */
function lostText({ lost = [] }: SiteReport["engine"]): string {
  return lost.length > 0 ? `, after ${lost.map(({ name }) => name).join(" and ")} was lost` : "";
}

function sitesTable({ sites }: RunReport): Markup {
  return htmlTable({
    header: ["Site", "Peer id", "Engine", "Threads", "GFLOP/s", "Rounds", "Time", "Peak memory"],
    rows: sites.map(({ name, peerId, engine, rounds, seconds, peakRssBytes }) => [
      name,
      shortPeerId(peerId),
      `${engine.name}${engine.detail && ` (${engine.detail})`}${lostText(engine)}`,
      String(engine.threads),
      engine.gflops.toFixed(1),
      String(rounds.length),
      formatDuration(seconds),
      formatBytes(peakRssBytes, { binary: true }),
    ]),
  });
}

/** Command, versions, settings and the peers' engines. */
export function runSection(report: RunReport): Markup {
  const { version, settings = {} } = report;
  const facts: (readonly [string, string | number])[] = [
    ...(report.startedAt === undefined ? [] : [["Started", formatTime(report.startedAt)] as const]),
    ["Duration", formatDuration(report.seconds)],
    ...(report.seed === undefined ? [] : [["Seed", report.seed] as const]),
    ["Memory", `${formatBytes(report.peakRssBytes, { binary: true })}, the sum of the processes' peaks`],
    ...(version === undefined
      ? []
      : [["Versions", `syncytium ${version.syncytium}, Deno ${version.deno}, TensorFlow.js ${version.tfjs}`] as const]),
    ...Object.entries(settings),
    ...Object.entries(report.kept ?? {}).map(([what, path]) => [`${what} kept in`, path] as const),
  ];
  return html`<section><h2>How this was run</h2>
${
    report.command !== "" && html`<p>The same command and seed repeat the same split and initial weights.</p>
<pre><code>${report.command}</code></pre>`
  }
<dl>${
    facts.map(([name, value]) =>
      html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>
<h3>Peers</h3>${sitesTable(report)}</section>`;
}

/** What the figures and the encryption do not promise. */
export function caveats(report: RunReport): Markup {
  const { dataset } = report;
  return html`
    <section class="caveat">
      <p>${dataset.phantom
        ? "These volumes are made up by the phantom generator: the figures show that the method runs, and say nothing " +
          "about patients."
        : `Few cases, one seed and a short training${
          hasBaseline(report) ? ": the figures compare two trainings under the same budget" : ""
        }. They are no clinical result, and nothing here is a medical device.`} The spread is over sites, not over repeated runs.</p>
      <p>Volumes and labels stay at their site. Encryption keeps outsiders and relays from reading what is exchanged; it does
    not keep it from the members who receive it: a member reads the embeddings and weights that it gets, and can learn from
    them something about the volumes behind.</p>
    </section>
  `;
}
