/** Metrics of the members, and of what passes between them and this peer. */
import { REFUSAL_KINDS } from "../../mesh/admission/refusal_kind.ts";
import { EXCHANGE_FAILURES } from "../../mesh/averaging/failure_kinds.ts";
import type { MemberStanding } from "../../peer/standing.ts";
import { byLabel, type Metric, type Sample, single } from "./metric.ts";
import type { ExchangeTally } from "./tally.ts";

const CONNECTIONS: readonly MemberStanding["connection"][] = ["direct", "relay", "none"];

const ofMembers = (value: (member: MemberStanding) => number | undefined): Metric["samples"] => ({ tally, standing }) =>
  byLabel((standing?.members ?? []).map((member) => [tally.nameOf(member.peerId), value(member)]));

const ofExchanges = (value: (exchanges: ExchangeTally) => number): Metric["samples"] => ({ tally }) =>
  byLabel([...tally.exchanges].map(([peer, exchanges]) => [tally.nameOf(peer), value(exchanges)]));

/** How often each kind was seen, 0 among them: what grows from nothing would not be seen to grow. */
const counted = <Kind extends string>(kinds: readonly Kind[], counts: ReadonlyMap<Kind, number>) =>
  byLabel(kinds.map((kind) => [kind, counts.get(kind) ?? 0]));

/** They are told once a peer has something to tell of them. */
export const MESH_METRICS: readonly Metric[] = [
  {
    name: "syncytium_members",
    kind: "gauge",
    help: "Other members, by how they are connected",
    labels: ["connection"],
    samples: ({ standing }) =>
      standing
        ? byLabel(CONNECTIONS.map((kind) => [kind, standing.members.filter((one) => one.connection === kind).length]))
        : [],
  },
  {
    name: "syncytium_member_connected",
    kind: "gauge",
    help: "1 where the member is connected, directly or over a relay",
    labels: ["member"],
    samples: ofMembers(({ connection }) => connection === "none" ? 0 : 1),
  },
  {
    name: "syncytium_member_round",
    kind: "gauge",
    help: "The round of the run that the member announced last",
    labels: ["member"],
    samples: ofMembers(({ round }) => round),
  },
  {
    name: "syncytium_member_seen_timestamp_seconds",
    kind: "gauge",
    help: "When the member was last heard of",
    labels: ["member"],
    samples: ofMembers(({ lastSeen }) => lastSeen === null ? undefined : Date.parse(lastSeen) / 1000),
  },
  {
    name: "syncytium_members_missing",
    kind: "gauge",
    help: "Members that were there and are out of reach, so that the mesh may have split",
    samples: ({ tally }) => single(tally.missing.size),
  },
  {
    name: "syncytium_splits_total",
    kind: "counter",
    help: "How often members that were there went out of reach",
    samples: ({ tally }) => single(tally.splits),
  },
  {
    name: "syncytium_refusals_total",
    kind: "counter",
    help: "Peers that were turned away, or turned this one away",
    labels: ["reason"],
    samples: ({ tally }) => counted(REFUSAL_KINDS, tally.refusals),
  },
  {
    name: "syncytium_round_averagings_total",
    kind: "counter",
    help: "Rounds that ended, by whether weights were averaged with some member or with none",
    labels: ["partners"],
    samples: ({ tally }) => byLabel(Object.entries(tally.averaged)),
  },
  {
    name: "syncytium_exchanges_total",
    kind: "counter",
    help: "Exchanges of weights that took place, by member and who began them",
    labels: ["member", "initiator"],
    samples: ({ tally }) =>
      [...tally.exchanges].flatMap(([peer, { begun, answered }]): Sample[] => [
        { labels: [tally.nameOf(peer), "here"], value: begun },
        { labels: [tally.nameOf(peer), "there"], value: answered },
      ]),
  },
  {
    name: "syncytium_exchange_failures_total",
    kind: "counter",
    help: "Exchanges of weights that this peer began and that failed",
    labels: ["reason"],
    samples: ({ tally }) => counted(EXCHANGE_FAILURES, tally.failures),
  },
  {
    name: "syncytium_exchange_bytes_total",
    kind: "counter",
    help: "Bytes of exchanges that took place, both directions",
    labels: ["member"],
    samples: ofExchanges(({ bytes }) => bytes),
  },
  {
    name: "syncytium_exchange_duration_seconds_total",
    kind: "counter",
    help: "Time that exchanges took which took place",
    labels: ["member"],
    samples: ofExchanges(({ milliseconds }) => milliseconds / 1000),
  },
  {
    name: "syncytium_exchange_timestamp_seconds",
    kind: "gauge",
    help: "When weights were last averaged with the member",
    labels: ["member"],
    samples: ofExchanges(({ last }) => last / 1000),
  },
  {
    name: "syncytium_traffic_bytes_total",
    kind: "counter",
    help: "Bytes between members in this life of the peer, without the cost of encryption",
    labels: ["kind", "direction"],
    samples: ({ standing }) =>
      Object.entries(standing?.bytes ?? {}).flatMap(([kind, { sent, received }]): Sample[] => [
        { labels: [kind, "sent"], value: sent },
        { labels: [kind, "received"], value: received },
      ]),
  },
];
