/**
 * The live page of one peer: what its events come to, served on the address that its configuration says.
 *
 * It cannot disturb the training: it only reads, at most once a second and only while somebody looks, and what fails in
 * it is told once.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { startLive } from "./live.ts";
 *
 * const web = { listen: "127.0.0.1:0", hosts: [] };
 * const live = startLive({ name: "north", web }, { warn: console.warn });
 * live.handle({ type: "note", message: "came late", peer: "north", time: Date.now() }); // every event of the peer
 * const { log } = await (await fetch(`${live.url}state`)).json();
 * assertEquals(log[0].text, "came late");
 * await live.close();
 * ```
 *
 * @module
 */
import { messageOf } from "../core/errors.ts";
import type { PeerConfiguration } from "../peer/configuration.ts";
import type { PeerEvent } from "../peer/events.ts";
import type { Standing } from "../peer/standing.ts";
import client from "./page/live.js" with { type: "text" };
import { livePage, liveStyle } from "./page/page.ts";
import { changedParts, partsOf } from "./page/parts.ts";
import type { Answer, Routes } from "./server/answer.ts";
import { serve } from "./server/serve.ts";
import { type Encoder, Updates } from "./server/updates.ts";
import { EngineUse } from "./state/engine_use.ts";
import { LiveState } from "./state/live_state.ts";
import type { Snapshot } from "./state/snapshot.ts";

/** How a live page is started. */
export interface LiveOptions {
  /** Takes warnings of the page's own, a sentence each. */
  warn: (message: string) => void;
  /** Paths beside the page's own, such as "/metrics". @default none */
  routes?: Routes;
  /** Milliseconds since the epoch. @default Date.now */
  now?: () => number;
}

/** A live page that is served. */
export interface Live {
  /** Its address, without its token. */
  readonly url: string;
  /** Takes an event of the peer; never throws. */
  handle(event: PeerEvent): void;
  /** Takes what tells where the peer stands, once it is in the mesh. */
  watch(standing: () => Standing): void;
  /** Where the peer stands; undefined before it is in the mesh. */
  standing(): Standing | undefined;
  /** Ends the server. */
  close(): Promise<void>;
}

/** A snapshot is made anew after so many milliseconds. */
const FRESH = 1000;

/**
 * Serves the live page of a peer that is about to run.
 *
 * @throws {UserError} if its address is in use or none of this machine.
 */
export function startLive(
  { name, web }: Pick<PeerConfiguration, "name"> & Required<Pick<PeerConfiguration, "web">>,
  { warn, routes = {}, now = Date.now }: LiveOptions,
): Live {
  const state = new LiveState({ site: name, since: now() });
  const use = new EngineUse();
  let look: (() => Standing) | undefined;
  let latest: Snapshot | undefined;
  let isBroken = false;
  const snapshot = () => {
    const time = now();
    if (latest && time >= latest.time && time - latest.time < FRESH) return latest;
    return latest = state.snapshot({ time, use: use.look(), standing: look?.() });
  };
  const broke = (error: unknown) => {
    if (!isBroken) warn(`the live page does not follow: ${messageOf(error)}; training goes on`);
    isBroken = true;
  };
  const updates = new Updates({ look: snapshot, failed: broke });
  const stream = (encoderOf: () => Encoder<Snapshot>): Answer => {
    const body = updates.stream(encoderOf);
    return body ? { type: "text/event-stream", body } : { status: 503, body: "too many look already\n" };
  };
  let drawn: { of: Snapshot; parts: Record<string, string> } | undefined;
  const parts = (of: Snapshot) => {
    if (drawn?.of !== of) drawn = { of, parts: partsOf(of) };
    return drawn.parts;
  };
  const style = liveStyle();
  const server = serve({
    ...{ ...web, site: name, warn },
    routes: {
      ...routes,
      "/": { answer: () => ({ type: "text/html; charset=utf-8", body: livePage(name, parts(snapshot())) }) },
      "/live.css": { answer: () => ({ type: "text/css; charset=utf-8", body: style }) },
      "/live.js": { answer: () => ({ type: "text/javascript; charset=utf-8", body: client }) },
      "/updates": {
        answer: () =>
          stream(() => {
            const changed = changedParts();
            return (snapshot) => changed(parts(snapshot));
          }),
      },
      "/state": { answer: () => ({ type: "application/json", body: JSON.stringify(snapshot()) }) },
      "/events": { answer: () => stream(() => JSON.stringify) },
      "/healthz": { open: true, answer: () => health(state.pulse.stuckFor(now())) },
      "/readyz": { open: true, answer: () => readiness(state.ready(look?.())) },
    },
  });
  return {
    url: server.url,
    handle(event) {
      try {
        state.note(event);
        if (event.type !== "finished") return;
        latest = undefined; // the page's last word, since the server ends soon
        updates.tick();
      } catch (error) {
        broke(error);
      }
    },
    watch: (standing) => look = standing,
    standing: () => look?.(),
    async close() {
      updates.close();
      await server.close();
    },
  };
}

function health(stuckFor: number) {
  if (stuckFor === 0) return { body: "ok\n" };
  return { status: 503, body: `stuck: no sign of work for ${stuckFor} s\n` };
}

function readiness({ data, mesh }: Snapshot["ready"]) {
  if (data && mesh) return { body: "ok\n" };
  return { status: 503, body: `not ready: ${data ? "no other member was met yet" : "the data are not read yet"}\n` };
}
