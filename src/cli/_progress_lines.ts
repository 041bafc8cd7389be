/** Progress as plain lines for logs and pipes: a pure function of the events and their own times. */
import type { PeerEvent, Phase } from "../peer/events.ts";
import { printable } from "../display/formats/printable.ts";
import type { Progress, ProgressOptions } from "./_progress_display.ts";
import { clock, EventText, leftText, lossText, PHASES, rateText } from "./_progress_text.ts";

/** A peer's progress within a phase is told no more often than this, in milliseconds of the events' own time. */
const PACE = 10_000;

/** What lines need of the options of progress. */
export type LineOptions = Required<Pick<ProgressOptions, "write">> & Pick<ProgressOptions, "names">;

/** A display that writes a line for each event worth one. */
export function createLines({ write, names }: LineOptions): Progress {
  const text = new EventText(names);
  const spoken = new Map<string, { phase?: Phase; time: number }>();
  let begin: number | undefined;
  let last = 0;
  let widest = 0;

  const put = (peer: string, time: number, line: string) => {
    widest = Math.max(widest, peer.length);
    write(`${clock(time - begin!).padStart(6)}  ${printable(peer).padEnd(widest)}  ${line}\n`);
  };
  const progress = (event: Extract<PeerEvent, { type: "progress" }>) => {
    const before = spoken.get(event.peer);
    if (before?.phase === event.phase && event.time - before.time < PACE) return;
    spoken.set(event.peer, { phase: event.phase, time: event.time });
    const { peer, time, phase, step, steps, loss, perSecond } = event;
    const parts = [`${PHASES[phase]} ${step}/${steps}`, rateText(perSecond), leftText(event), lossText(loss)];
    put(peer, time, parts.filter(Boolean).join("  "));
  };

  return {
    handle(event) {
      begin ??= event.time;
      last = event.time;
      text.note(event);
      if (event.type === "progress") return progress(event);
      const line = text.line(event);
      if (line === undefined) return;
      put(event.peer, event.time, line);
      // A round says how far the peer is: no need to say it again at once.
      const before = spoken.get(event.peer);
      if (event.type === "round" && before) before.time = event.time;
    },
    log(line) {
      write(begin === undefined ? `${printable(line)}\n` : `${clock(last - begin).padStart(6)}  ${printable(line)}\n`);
    },
    close() {},
  };
}
