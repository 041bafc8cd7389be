/**
 * What befalls sites that train together, by name: what users of such systems tell of.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { format as formatBytes } from "@std/fmt/bytes";
import { sleep } from "../../src/core/deadline.ts";
import type { Rng } from "../../src/core/rng.ts";
import type { Network } from "../../tests/integration/fixtures/network.ts";
import type { PeerEvent } from "../../src/peer/events.ts";
import type { TriedSite } from "./_site.ts";

type ExchangeEvent = Extract<PeerEvent, { type: "exchange" }>;

/** A run that something befalls. */
export interface Trial {
  /** All of them, the one that it befalls first. */
  readonly sites: readonly TriedSite[];
  /** Where the hardship is one of the network. */
  readonly network: Network | undefined;
  /** For how long, or after how long again and again, in seconds. */
  readonly seconds: number;
  readonly rng: Rng;
  /** Aborts when all sites have come to their end. */
  readonly signal: AbortSignal;
}

/** One of them. */
export interface Hardship {
  /** As it stands in a table. */
  title(seconds: number): string;
  /** In the night, and where it is to be over soon. */
  readonly seconds: { readonly long: number; readonly short: number };
  /** So many that sites still train when it is over. @param pace rounds that a site does in a second */
  rounds(seconds: number, pace: number): number;
  /** What the machine has to have. @default nothing */
  readonly needs?: "namespaces" | "disk";
  /** A module that the first site's process runs before its own, in its first life. */
  readonly preload?: string;
  /** Whether it does so in all its lives. @default false */
  readonly stays?: boolean;
  /** Sections of the first site's configuration, in place of what the others have. */
  readonly configuration?: Readonly<Record<string, object>>;
  /** Lets it happen, and resolves when it is over, with what happened. @default the preload does */
  befall?(trial: Trial): Promise<string>;
}

/** Milliseconds of a second that one runs which is twenty times slower. */
const AWAKE = 50;

const fixture = (name: string) => fromFileUrl(new URL(`fixtures/${name}.ts`, import.meta.url));
const outlasting = (seconds: number, pace: number) => 10 + Math.ceil(pace * seconds);
const few = () => 12;

/** Resolves when a site has done so many rounds. */
async function afterRound(site: TriedSite, round: number, signal: AbortSignal): Promise<void> {
  await site.tells((event) => event.type === "round" && event.round >= round, signal);
}

/** Does something, to be undone however it ends. */
async function during(act: () => Promise<unknown>, work: () => Promise<unknown>, undo: () => Promise<unknown>) {
  try {
    await act();
    await work();
  } finally {
    await undo();
  }
}

/** Does something again and again until all sites have ended. @returns how often it did. */
async function untilTheEnd(signal: AbortSignal, work: () => Promise<unknown>): Promise<number> {
  for (let times = 0;; times++) {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return times;
      throw error;
    }
  }
}

/** Fills the disk of `directory` to its last byte. @returns its emptying. */
async function fill(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "filler");
  using file = await Deno.open(path, { write: true, create: true });
  for (let size = 2 ** 20; size >= 1; size = size / 4) {
    // smaller and smaller pieces, until nothing fits any more
    while (await file.write(new Uint8Array(size)).then((written) => written === size, () => false));
  }
  return () => Deno.remove(path);
}

/** All of them. */
export const HARDSHIPS = {
  "nothing": {
    title: () => "nothing befalls them",
    seconds: { long: 0, short: 0 },
    rounds: few,
  },
  "cut": {
    title: (seconds) => `a site's network drops everything for ${seconds} s, in the middle of an exchange`,
    seconds: { long: 360, short: 45 },
    rounds: outlasting,
    needs: "namespaces",
    async befall({ sites: [site], network, seconds, rng, signal }) {
      await afterRound(site, 2, signal);
      const exchange = await site.tells((event) => event.type === "exchange", signal);
      const bytes = Math.round(rng.uniform(0.2, 0.8) * (exchange as ExchangeEvent).bytes);
      await during(
        () => network!.cutAfter(site.name, bytes),
        () => sleep(1000 * seconds, signal),
        () => network!.cutAfter(site.name),
      );
      return `${seconds} s, after ${formatBytes(bytes)} of ${formatBytes((exchange as ExchangeEvent).bytes)}`;
    },
  },
  "resets": {
    title: (seconds) => `every connection is reset every ${seconds} s`,
    seconds: { long: 30, short: 10 },
    rounds: (seconds, pace) => outlasting(5 * seconds, pace),
    needs: "namespaces",
    async befall({ network, seconds, signal }) {
      const times = await untilTheEnd(signal, async () => {
        await sleep(1000 * (seconds - 1), signal);
        await during(() => network!.reset(true), () => sleep(1000, signal), () => network!.reset(false));
      });
      return `${times} times`;
    },
  },
  "slow": {
    title: (seconds) =>
      `a site is 20 times slower (it runs 50 ms of every second) once it has met one of the others, which have ${seconds} s to do or more`,
    seconds: { long: 180, short: 60 },
    rounds: outlasting, // in fewer than 20 of them it would do none
    async befall({ sites: [site], signal }) {
      // a handshake has a time-out, and here takes what it takes on this machine
      await site.tells((event) => event.type === "member" && event.state === "joined", signal);
      const times = await untilTheEnd(signal, async () => {
        site.signal("SIGSTOP");
        await sleep(1000 - AWAKE, signal).finally(() => site.signal("SIGCONT"));
        await sleep(AWAKE, signal);
      });
      return `stopped ${times} times`;
    },
  },
  "sleep": {
    title: (seconds) => `a site sleeps for ${seconds} s (SIGSTOP)`,
    seconds: { long: 60, short: 40 },
    rounds: outlasting,
    async befall({ sites: [site], seconds, signal }) {
      await afterRound(site, 2, signal);
      site.signal("SIGSTOP");
      await sleep(1000 * seconds, signal).finally(() => site.signal("SIGCONT"));
      return `${seconds} s`;
    },
  },
  "device": {
    title: () => "a site's engine loses its device",
    seconds: { long: 0, short: 0 },
    rounds: few,
    preload: fixture("losing_device"),
    stays: true,
    configuration: { engine: { name: "webgpu", threads: 1 } },
    async befall({ sites: [site], signal }) {
      await site.tells((event) => event.type === "warning" && / engine is lost: /.test(event.message), signal);
      return "once";
    },
  },
  "clock": {
    title: () => "a site's clock is a year ahead",
    seconds: { long: 0, short: 0 },
    rounds: few,
    preload: fixture("year_ahead"),
    stays: true,
  },
  "clock-mended": {
    title: () => "a site's clock is a year ahead, and set right while it is down, killed after its fourth round",
    seconds: { long: 0, short: 0 },
    rounds: () => 24,
    preload: fixture("year_ahead"),
    async befall({ sites: [site], signal }) {
      await afterRound(site, 4, signal);
      return site.kill() ? "once" : "too late";
    },
  },
  "disk": {
    title: () => "a site's disk is full until it says that it is, and emptied",
    seconds: { long: 0, short: 0 },
    rounds: () => 20,
    needs: "disk",
    async befall({ sites: [site], signal }) {
      await afterRound(site, 2, signal);
      const since = site.told.length;
      const empty = await fill(site.directory);
      const isFull = (event: PeerEvent) => event.type === "warning" && /checkpoint/.test(event.message);
      await site.tells(isFull, signal, since).finally(empty);
      return "once";
    },
  },
  "kills": {
    title: (seconds) => `a quarter of the processes is killed every ${seconds} s or so, and started again`,
    seconds: { long: 10, short: 5 },
    rounds: (seconds, pace) => outlasting(8 * seconds, pace),
    async befall({ sites, seconds, rng, signal }) {
      let kills = 0;
      await untilTheEnd(signal, async () => {
        await sleep(1000 * rng.uniform(0, 2 * seconds), signal);
        for (const site of rng.shuffle([...sites]).slice(0, Math.ceil(sites.length / 4))) if (site.kill()) kills++;
      });
      return `${kills} kills`;
    },
  },
} as const satisfies Readonly<Record<string, Hardship>>;

/** One of {@linkcode HARDSHIPS}. */
export type HardshipName = keyof typeof HARDSHIPS;

/** Whether `text` names a hardship. */
export function isHardship(text: string): text is HardshipName {
  return Object.hasOwn(HARDSHIPS, text);
}

/** A hardship by its name. */
export function hardshipOf(name: HardshipName): Hardship {
  return HARDSHIPS[name];
}
