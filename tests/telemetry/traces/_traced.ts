/** A process whose peer does two rounds, and then fine-tunes by itself. */
import type { PeerEvent, PeerEventBody, Phase } from "../../../src/peer/events.ts";
import { followWithSpans, isTraced } from "../../../src/telemetry/traces/spans.ts";

const START = Date.UTC(2026, 0, 2);

if (isTraced()) {
  const spans = await followWithSpans();
  const at = (second: number, body: PeerEventBody) =>
    spans.handle({ ...body, peer: "north", time: START + second * 1000 } as PeerEvent);
  const step = (second: number, phase: Phase, step: number, rest: { steps: number; round?: number; loss?: number }) =>
    at(second, { type: "progress", phase, step, perSecond: 1, ...rest });
  at(0, { type: "names", names: { "12D3KooWsouth": "south" } });
  step(1, "prepare", 1, { steps: 2 });
  step(3, "prepare", 2, { steps: 2 });
  for (const round of [1, 2]) {
    const second = round * 10;
    step(second, "pretrain", round * 2 - 1, { steps: 4, round, loss: 2 });
    step(second + 1, "pretrain", round * 2, { steps: 4, round, loss: NaN });
    const exchange = { remote: "12D3KooWsouth", round, initiator: true, bytes: 100, milliseconds: 500 };
    at(second + 2, { type: "exchange", ...exchange });
    at(second + 3, { type: "exchange-failed", remote: "12D3KooWwest", reason: "timeout" });
    at(second + 4, { type: "round", round, rounds: 2, loss: 1.5, health: null, partners: ["12D3KooWsouth"] });
  }
  for (let second = 0; second <= 150; second += 50) step(30 + second, "scratch", second + 1, { steps: 200, loss: 1 });
  step(300, "scratch", 200, { steps: 200, loss: 0.5 });
  at(301, { type: "finished", seconds: 301 });
  spans.close();
}
