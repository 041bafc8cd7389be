/** What left the site: bytes by kind, the privacy budget, and the end of the audit log with its head. */
import { formatBytes } from "../../display/formats/bytes.ts";
import { formatCount } from "../../display/formats/count.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";
import { htmlTable } from "../../display/tables/html.ts";
import type { PrivacyReport } from "../../peer/report/site_facts.ts";
import type { Standing } from "../../peer/standing.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { moment, peerName } from "./_words.ts";

const NOT_YET = html`<p class="empty">The peer is not in the mesh yet.</p>`;

/** Bytes by kind. */
export function bytesPart({ standing }: Snapshot): Markup {
  if (!standing) return NOT_YET;
  return htmlTable({
    header: ["Kind", "Sent", "Received"],
    rows: Object.entries(standing.bytes).map(([kind, { sent, received }]) => [
      kind,
      formatBytes(sent),
      formatBytes(received),
    ]),
  });
}

/** What was spent of the privacy budgets of features and of weights. */
export function privacyPart({ standing }: Snapshot): Markup {
  if (!standing) return NOT_YET;
  const { privacy, weightsPrivacy } = standing;
  const ofWeights = weightsPrivacy &&
    html`<p>Of weights:</p>${
      spending(weightsPrivacy, { what: "update", isSpent: "this site adds nothing to the weights any more" })
    }`;
  if (!privacy) {
    return html`<p>No noise is added to the features that leave, so there is no budget that they spend
(<code>policy.noise</code>).</p>${ofWeights}`;
  }
  return html`${spending(privacy, { what: "release", isSpent: "no features leave this site any more" })}${ofWeights}`;
}

/** What was spent of one budget, and what follows once it is. */
function spending(
  { spentEpsilon, totalEpsilon, delta, releases }: PrivacyReport,
  { what, isSpent: follows }: { what: string; isSpent: string },
): Markup {
  const isSpent = totalEpsilon !== null && spentEpsilon >= totalEpsilon * 0.999;
  return html`<p>ε ${formatNumber(spentEpsilon)}${
    totalEpsilon !== null && ` of ${formatNumber(totalEpsilon)}`
  } spent at δ ${formatNumber(delta)}, by ${formatCount(releases, what)}.</p>${
    totalEpsilon !== null && html`
      <meter aria-label="privacy budget spent" min="0" max="${totalEpsilon}"
        value="${Math.min(spentEpsilon, totalEpsilon)}">${formatNumber(spentEpsilon)} of ${formatNumber(
          totalEpsilon,
        )}</meter>
    `
  }${isSpent && html`<p class="warn">The budget is spent: ${follows}.</p>`}`;
}

function recordRow(snapshot: Snapshot, record: Standing["audit"]["recent"][number]): (string | Markup)[] {
  const when = html`<td>${moment(record.time)}</td>`;
  if (record.kind === "break") return ["break", when, html`<td class="bad">${record.fault}</td>`, NONE, NONE, NONE];
  const { kind, peer, round, bytes, policy } = record;
  const features = policy ? formatCount(policy.features, "feature") : NONE;
  return [kind, when, html`<td>${peerName(snapshot, peer)}</td>`, String(round), formatBytes(bytes), features];
}

/** The audit log's head and its latest records of this life, the newest first. */
export function auditPart(snapshot: Snapshot): Markup {
  const { standing } = snapshot;
  if (!standing) return NOT_YET;
  const { head, recent } = standing.audit;
  return html`<p>${formatCount(head.records, "record")} in ${formatBytes(head.bytes)}; head (SHA-256 of the last record)
<code class="digest">${head.digest}</code></p>${
    recent.length === 0 ? html`<p class="empty">Nothing has left since the peer was started.</p>` : htmlTable({
      header: ["What", "When", "To", "Round", "Size", "Features"],
      rows: recent.toReversed().slice(0, 10).map((record) => recordRow(snapshot, record)),
    })
  }`;
}
