/** What the peer does now, in a line, a bar and a few figures. */
import { formatBytes } from "../../display/formats/bytes.ts";
import { formatCount } from "../../display/formats/count.ts";
import { formatDuration } from "../../display/formats/duration.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { html, type Markup } from "../../display/markup.ts";
import { PHASES } from "../../peer/event_text.ts";
import type { Method, Phase } from "../../peer/events.ts";
import { LEVEL } from "../../peer/report/participation.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { moment, peerName } from "./_words.ts";

const trained = (of: Method | undefined) => of === undefined ? "pre-training" : `fine-tuning ${PHASES[of]}`;

/** What a stage is called. */
const stageName = (name: Phase) => name === "scratch" || name === "pretrained" ? trained(name) : PHASES[name];

/** What the peer is at, in a word. */
function stateOf({ finished, stage, ready }: Snapshot): { word: string; kind: "busy" | "done" | "waiting" } {
  if (finished !== undefined) return { word: `finished in ${formatDuration(finished)}`, kind: "done" };
  if (stage) return { word: stageName(stage.name), kind: "busy" };
  return { word: ready.data ? "waiting for the first round" : "reading the data", kind: "waiting" };
}

/** What a stage goes by. */
const UNITS: Readonly<Partial<Record<Phase, string>>> = { check: "label file", prepare: "case", predict: "window" };
const unitOf = (name: Phase) => UNITS[name] ?? "step";

function stageText({ stage }: Snapshot): string {
  if (!stage) return "";
  const { name, step, steps, perSecond, loss } = stage;
  const left = (steps - step) / perSecond;
  return [
    `${unitOf(name)} ${step} of ${steps}`,
    ...(Number.isFinite(left) && left > 0 ? [`about ${formatDuration(left)} left of this stage`] : []),
    ...(loss === undefined ? [] : [`loss ${Number.isFinite(loss) ? loss.toFixed(3) : "not finite"}`]),
  ].join(" · ");
}

/** Under the heading: what the peer is at, and how far. */
export function nowPart(snapshot: Snapshot): Markup {
  const { stage } = snapshot;
  const { word, kind } = stateOf(snapshot);
  return html`<p class="now"><b class="pill ${kind}">${word}</b> <span>${stageText(snapshot)}</span></p>${
    stage && stage.steps > 0 && html`
      <progress aria-label="${stageName(stage.name)}" max="${stage.steps}"
        value="${stage.step}">${stage.step} of ${stage.steps}</progress>
    `
  }`;
}

function card(figure: string, words: string): Markup {
  return html`<div class="card"><b>${figure}</b><span>${words}</span></div>`;
}

/** The figures that one looks at first. */
export function figuresPart({ round, stage, members, standing, use, engine }: Snapshot): Markup {
  const here = members.filter(({ connection }) => connection !== "none").length;
  const sent = standing && Object.values(standing.bytes).reduce((sum, flow) => sum + flow.sent, 0);
  return html`<div class="cards">${
    round
      ? card(`${round.round} of ${round.rounds}`, `rounds done, ${trained(round.method)}`)
      : card("–", "rounds: none has ended yet")
  }${card(`${here} of ${members.length}`, `other ${members.length === 1 ? "member" : "members"} connected`)}${
    card(
      stage && stage.perSecond > 0 ? formatNumber(stage.perSecond, 2) : "–",
      `${stage ? unitOf(stage.name) : "step"}s a second`,
    )
  }${card(formatBytes(use.memory, { binary: true }), "memory of the process")}${
    card(
      use.cores.toFixed(2),
      engine ? `cores in use; ${formatCount(engine.threads, "thread")} compute` : "cores in use",
    )
  }${card(sent === undefined ? "–" : formatBytes(sent), "sent since the start")}</div>`;
}

/** What the administrator should know at once; nothing where all is well. */
export function noticesPart(snapshot: Snapshot): Markup {
  const { missing, members, engine, curves, finished } = snapshot;
  const late = members.filter(({ behind, connection }) => connection !== "none" && behind > LEVEL);
  const named = (peers: readonly string[]) => peers.map((peer, i) => html`${i > 0 && ", "}${peerName(snapshot, peer)}`);
  return html`${
    missing.length > 0 && finished === undefined &&
    html`<p class="warn">Out of reach, so that the mesh may have split: ${named(missing)}.</p>`
  }${
    late.length > 0 && finished === undefined && html`<p class="warn">Late: ${
      late.map(({ peerId, behind }, i) =>
        html`${i > 0 && ", "}${peerName(snapshot, peerId)} (${formatCount(behind, "round")} behind)`
      )
    }. Nobody waits for them.</p>`
  }${engine?.lost?.map(({ name, reason }) => html`<p class="warn">The ${name} engine was lost: ${reason}.</p>`)}${
    curves.collapsed && html`
      <p class="warn">The representation has collapsed: the encoder sends everything to nearly one point.</p>
    `
  }`;
}

/** When the peer was started, and what was kept. */
export function factsPart({ since, versions, resumedFrom, plan, kept, peerId, cases, engine }: Snapshot): Markup {
  const lost = engine?.lost?.map(({ name }) => name).join(" and ");
  const facts: [string, Markup | string][] = [
    ["Started", html`${moment(since)}${resumedFrom !== undefined && `, going on after round ${resumedFrom}`}`],
    ...(engine
      ? [[
        "Engine",
        [
          `${engine.name}${lost ? `, after ${lost} was lost` : ""}`,
          engine.detail,
          formatCount(engine.threads, "thread"),
          `${engine.gflops.toFixed(1)} GFLOP/s`,
        ].filter(Boolean).join(", "),
      ] as [string, string]]
      : []),
    ...(cases
      ? [
        [
          "Cases",
          `${cases.training} to train, ${cases.labelled} labelled, ${cases.probe} to probe, ${cases.test} to test`,
        ] as [string, string],
      ]
      : []),
    ...(plan === undefined ? [] : [["Plan", plan] as [string, string]]),
    ...(peerId === undefined ? [] : [["Peer id", html`<code>${peerId}</code>`] as [string, Markup]]),
    ["Versions", `syncytium ${versions.syncytium}, Deno ${versions.deno}, TensorFlow.js ${versions.tfjs}`],
    ...Object.entries(kept).map(([what, path]) => [`${what} kept in`, path] as [string, string]),
  ];
  return html`<dl>${
    facts.map(([name, value]) =>
      html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>`;
}
