/** Progress as plain lines for logs and pipes: a pure function of the events and their own times. */
import type { PeerEvent, Phase } from "../peer/events.ts";
import { printable } from "../display/formats/printable.ts";
import { clockFormat, datedFormat, jsonFormat } from "./_line_formats.ts";
import type { Progress, ProgressOptions } from "./_progress_display.ts";
import { clock, EventText, leftText, lossText, PHASES, rateText } from "../peer/event_text.ts";

/** A peer's progress within a phase is told no more often than this, in milliseconds of the events' own time. */
const PACE = 10_000;

/** What lines need of the options of progress. */
export type LineOptions = Required<Pick<ProgressOptions, "write">> & Pick<ProgressOptions, "names" | "log">;

const FORMATS = { text: datedFormat, json: jsonFormat };

/** A display that writes a line for each event worth one. */
export function createLines({ write, names, log }: LineOptions): Progress {
  const text = new EventText(names);
  const spoken = new Map<string, { phase?: Phase; time: number }>();
  let begin: number | undefined;
  let last = 0;
  const format = log ? FORMATS[log] : clockFormat(() => begin!);
  const put = (event: PeerEvent, line: string) => write(`${format({ event, text: line })}\n`);
  const progress = (event: Extract<PeerEvent, { type: "progress" }>) => {
    const before = spoken.get(event.peer);
    if (before?.phase === event.phase && event.time - before.time < PACE) return;
    spoken.set(event.peer, { phase: event.phase, time: event.time });
    const { phase, step, steps, loss, perSecond } = event;
    const parts = [`${PHASES[phase]} ${step}/${steps}`, rateText(perSecond), leftText(event), lossText(loss)];
    put(event, parts.filter(Boolean).join("  "));
  };

  return {
    handle(event) {
      begin ??= event.time;
      last = event.time;
      text.note(event);
      if (event.type === "progress") return progress(event);
      const line = text.line(event);
      if (line === undefined) return;
      put(event, line);
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
