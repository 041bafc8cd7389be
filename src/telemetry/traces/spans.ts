/**
 * A peer's run as OpenTelemetry spans, by Deno's own support: a span a round with the exchanges in it, one for each
 * hundred steps of a fine-tuning without rounds, one for each stage besides. Deno sends them where the administrator
 * says by its environment, and nowhere unless `OTEL_DENO` is set.
 *
 * @module
 */
import type { Attributes, Context, Span } from "@opentelemetry/api";
import { versions } from "../../peer/report/site_facts.ts";
import { shortPeerId } from "../../display/formats/peer_id.ts";
import type { PeerEvent } from "../../peer/events.ts";
import type { Follower } from "../follower.ts";
import { trainingOfMethod, trainingOfPhase } from "../training_names.ts";

type Of<T extends PeerEvent["type"]> = Extract<PeerEvent, { type: T }>;

/** Steps of a span where a training has no rounds. */
const BLOCK = 100;

/** A span that has not ended. */
interface Open {
  /** What it is of: an event of anything else ends it. */
  of: string;
  span: Span;
  /** The parent of what happens in it. */
  within: Context;
  /** The first step that was told in it. */
  first: number;
}

/** Whether Deno is to export what programs tell of themselves. */
export function isTraced(environment: { get(name: string): string | undefined } = Deno.env): boolean {
  return /^(true|1)$/i.test(environment.get("OTEL_DENO") ?? "");
}

/** Makes spans of a peer's events. The library is loaded when this is called. */
export async function followWithSpans(): Promise<Follower> {
  const { ROOT_CONTEXT, trace } = await import("@opentelemetry/api");
  const tracer = trace.getTracer("syncytium", versions().syncytium);
  const names = new Map<string, string>();
  const memberOf = (peerId: string) => ({ "syncytium.member": names.get(peerId) ?? shortPeerId(peerId) });
  let open: Open | undefined;
  /** When the last span ended: the next one begins there. */
  let before: number | undefined;

  const begin = (
    name: string,
    of: string,
    { first, time }: { first: number; time: number },
    attributes: Attributes,
  ) => {
    const span = tracer.startSpan(name, { startTime: before ?? time, attributes }, ROOT_CONTEXT);
    return open = { of, span, within: trace.setSpan(ROOT_CONTEXT, span), first };
  };
  const end = (time: number, attributes: Attributes = {}) => {
    open?.span.setAttributes(attributes).end(time);
    open = undefined;
    before = time;
  };

  const onProgress = ({ phase, round, step, steps, loss, time, peer }: Of<"progress">) => {
    const training = trainingOfPhase(phase);
    const of = round === undefined ? phase : `${phase} ${round}`;
    if (open && open.of !== of) end(time);
    const name = training === undefined ? phase : round === undefined ? "steps" : "round";
    const attributes = {
      "syncytium.site": peer,
      ...(training !== undefined && { "syncytium.training": training }),
      ...(round !== undefined && { "syncytium.round": round }),
    };
    const { span, first } = open ?? begin(name, of, { first: step, time }, attributes);
    span.setAttribute("syncytium.step", step);
    if (loss !== undefined && Number.isFinite(loss)) span.setAttribute("syncytium.loss", loss);
    if (round === undefined && (step === steps || (training !== undefined && step - first >= BLOCK))) end(time);
  };

  const onRound = ({ method, round, loss, health, consensus, partners, time, peer }: Of<"round">) => {
    const training = trainingOfMethod(method);
    const attributes = { "syncytium.site": peer, "syncytium.training": training, "syncytium.round": round };
    if (!open) begin("round", `${training} ${round}`, { first: 0, time }, attributes);
    end(time, {
      "syncytium.partners": partners.length,
      ...(loss !== null && { "syncytium.round_loss": loss }),
      ...(consensus !== undefined && { "syncytium.distance": consensus }),
      ...(health && { "syncytium.effective_rank": health.effectiveRank, "syncytium.mean_cosine": health.meanCosine }),
    });
  };

  const onExchange = ({ remote, initiator, bytes, milliseconds, time }: Of<"exchange">) => {
    const attributes = {
      ...memberOf(remote),
      "syncytium.initiator": initiator ? "here" : "there",
      "syncytium.bytes": bytes,
    };
    tracer.startSpan("exchange", { startTime: time - milliseconds, attributes }, open?.within ?? ROOT_CONTEXT)
      .end(time);
  };

  return {
    handle(event) {
      switch (event.type) {
        case "names":
          for (const [peerId, name] of Object.entries(event.names)) names.set(peerId, name);
          return;
        case "progress":
          return onProgress(event);
        case "round":
          return onRound(event);
        case "exchange":
          return onExchange(event);
        case "exchange-failed":
          open?.span.addEvent("exchange failed", { ...memberOf(event.remote), "syncytium.reason": event.reason });
          return;
        case "finished":
          return end(event.time);
      }
    },
    close: () => end(Date.now()),
  };
}
