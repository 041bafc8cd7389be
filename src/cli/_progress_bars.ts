/** Progress as one live bar a peer, other news as lines above them. */
import { marked } from "./_line_formats.ts";
import { bold, cyan, yellow } from "@std/fmt/colors";
// @ts-types="npm:@types/cli-progress@3.11.6"
import cliProgress from "cli-progress";
import stringWidth from "string-width";
import type { PeerEvent } from "../peer/events.ts";
import { formatNumber } from "../display/formats/number.ts";
import { printable } from "../display/formats/printable.ts";
import type { Progress, ProgressOptions } from "./_progress_display.ts";
import { createLines, type LineOptions } from "./_progress_lines.ts";
import { EventText, leftText, levelOf, lossText, PHASES, rateText } from "../peer/event_text.ts";

/** Widths of a bar; it takes what the words of a line usually leave, so that all bars of a screen are equally wide. */
const BAR = { least: 8, most: 20, words: 66 };
const PHASE_WIDTH = Math.max(...Object.values(PHASES).map((words) => words.length));
const REDRAWS_PER_SECOND = 8;
/** Erases from the cursor to the end of the screen (ECMA-48, ED). */
const ERASE_BELOW = "\x1b[J";

/** What one peer's line shows. */
interface Line {
  name: string;
  phase: string;
  step: number;
  steps: number;
  /** Most telling first; those that do not fit are left out from the end. */
  details: string[];
}

function consoleWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // no console, or its size cannot be asked for
  }
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

/** A peer's line of at most `columns` characters; names are padded to `widest`. */
function barLine(line: Line, widest: number, columns: number, colour: boolean): string {
  const { name, phase, step, steps, details } = line;
  const paint = (how: (text: string) => string, text: string) => colour ? how(text) : text;
  const room = columns - 1; // a character in the last column would wrap on some terminals
  if (steps <= 0) return `${padded(name, widest)}  ${phase}`.trimEnd().slice(0, room);
  const label = padded(name, widest);
  const stage = `  ${padded(phase, PHASE_WIDTH)} `;
  const width = Math.min(BAR.most, Math.max(BAR.least, columns - BAR.words));
  const count = ` ${String(step).padStart(String(steps).length)}/${steps}`;
  let used = stringWidth(label + stage + count) + width;
  if (used > room) return `${label} ${count}`.slice(0, room);
  const tail = details.filter(Boolean).map((part) => `  ${part}`).filter((part) => (used += stringWidth(part)) <= room);
  const full = Math.round(width * Math.min(1, Math.max(0, step / steps)));
  const bar = paint(cyan, "█".repeat(full)) + "░".repeat(width - full);
  return `${paint(bold, label)}${stage}${bar}${count}${tail.join("")}`;
}

/** A display with a bar for each peer that has been heard of. */
export function createBars(options: ProgressOptions & LineOptions): Progress {
  const { write, names, columns = consoleWidth, colour = !Deno.noColor } = options;
  const text = new EventText(names);
  const lines = new Map<string, Line>();
  const bars = new Map<string, cliProgress.SingleBar>();
  /** By peer: the phase and number of the last finished round, and its accuracy. */
  const rounds = new Map<string, string[]>();
  const news: string[] = [];
  const after = createLines({ write, names });
  let stopped = false;
  let widest = 0;

  // As much of a stream as cli-progress asks for; it must not cut lines, which are cut here by their visible width.
  const stream = { isTTY: true, columns: Number.MAX_SAFE_INTEGER, write: (part: string) => (write(part), true) };
  const screen = new cliProgress.MultiBar({
    stream: stream as unknown as NodeJS.WritableStream,
    format: (_options, _parameters, line: Line) => barLine(line, widest, columns(), colour),
    fps: REDRAWS_PER_SECOND,
    hideCursor: true,
    linewrap: true,
    forceRedraw: true,
    gracefulExit: false,
    stopOnComplete: false,
  });
  screen.on("redraw-pre", () => {
    // Long lines wrap over the bars below: clear those first, they are drawn again right after.
    if (news.length > 0) write(ERASE_BELOW);
    for (const line of news.splice(0)) write(`${line}\n`);
  });

  const tell = (line: string, warning = false) => {
    news.push(warning && colour ? yellow(line) : line);
    if (bars.size > 0) screen.update();
    else for (const first of news.splice(0)) write(`${first}\n`);
  };
  const show = (event: PeerEvent, change: Partial<Line>) => {
    const name = printable(event.peer);
    widest = Math.max(widest, stringWidth(name));
    const line = lines.get(event.peer) ?? { name, phase: "", step: 0, steps: 0, details: [] };
    Object.assign(line, change);
    lines.set(event.peer, line);
    if (!bars.has(event.peer)) bars.set(event.peer, screen.create(1, 0, line));
  };

  return {
    handle(event) {
      if (stopped) return after.handle(event);
      text.note(event);
      const line = text.line(event);
      const say = () => {
        if (line === undefined) return;
        tell(`${printable(event.peer)}: ${marked({ event, text: line })}`, levelOf(event) === "warning");
      };
      switch (event.type) {
        case "progress": {
          const { peer, phase, step, steps, loss, perSecond } = event;
          const [of, ...round] = rounds.get(peer) ?? [];
          const details = [rateText(perSecond), leftText(event), lossText(loss), ...(of === phase ? round : [])];
          return show(event, { phase: PHASES[phase], step, steps, details });
        }
        case "round": {
          const accuracy = event.health && `accuracy ${formatNumber(event.health.neighbourAccuracy, 2)}`;
          rounds.set(event.peer, [event.method ?? "pretrain", `round ${event.round}/${event.rounds}`, accuracy ?? ""]);
          return;
        }
        case "dice":
          return;
        case "started":
          say();
          return show(event, { phase: "waiting", step: 0, steps: 0, details: [] });
        case "finished":
          say();
          return show(event, { phase: "finished", steps: 0, details: [] });
        default:
          return say();
      }
    },
    log(line) {
      if (stopped) after.log(line);
      else tell(printable(line));
    },
    close() {
      if (stopped) return;
      stopped = true;
      if (bars.size === 0) return;
      screen.update();
      screen.stop();
    },
  };
}
