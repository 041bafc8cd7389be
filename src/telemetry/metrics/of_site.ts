/** Metrics of what a site gives away and records, and of its process. */
import { WIRE_VERSION } from "../../mesh/protocols/frame.ts";
import { versions } from "../../peer/report/site_facts.ts";
import { type Metric, single } from "./metric.ts";

/** They are told always, but for those of privacy, which need noise, and of what only the mesh tells. */
export const SITE_METRICS: readonly Metric[] = [
  {
    name: "syncytium_build_info",
    kind: "gauge",
    help: "1, with the versions of this project, of the wire and of Deno",
    labels: ["version", "wire_version", "deno"],
    samples: () => {
      const { syncytium, deno } = versions();
      return [{ labels: [syncytium, String(WIRE_VERSION), deno], value: 1 }];
    },
  },
  {
    name: "syncytium_peer_info",
    kind: "gauge",
    help: "1, with the site's name, its peer id, and what it computes with",
    labels: ["site", "peer_id", "engine", "threads"],
    samples: ({ site, tally: { started } }) =>
      started
        ? [{ labels: [site, started.peerId, started.engine.name, String(started.engine.threads)], value: 1 }]
        : [],
  },
  {
    name: "syncytium_warnings_total",
    kind: "counter",
    help: "Warnings in the log",
    samples: ({ tally }) => single(tally.warnings),
  },
  {
    name: "syncytium_privacy_epsilon_spent",
    kind: "gauge",
    help: "The epsilon that all releases on this state have spent, at the noise's delta",
    samples: ({ standing }) => single(standing?.privacy?.spentEpsilon),
  },
  {
    name: "syncytium_privacy_epsilon_limit",
    kind: "gauge",
    help: "The epsilon that they may spend",
    samples: ({ standing }) => single(standing?.privacy?.totalEpsilon ?? undefined),
  },
  {
    name: "syncytium_privacy_epsilon_left",
    kind: "gauge",
    help: "The epsilon that is left",
    samples: ({ standing }) => {
      const { totalEpsilon, spentEpsilon } = standing?.privacy ?? { totalEpsilon: null, spentEpsilon: 0 };
      return single(totalEpsilon === null ? undefined : totalEpsilon - spentEpsilon);
    },
  },
  {
    name: "syncytium_privacy_releases_total",
    kind: "counter",
    help: "Releases of embeddings that were paid for, over all lives of the peer",
    samples: ({ standing }) => single(standing?.privacy?.releases),
  },
  {
    name: "syncytium_weights_epsilon_spent",
    kind: "gauge",
    help: "The epsilon that all updates of the weights with noise on this state have spent, at the noise's delta",
    samples: ({ standing }) => single(standing?.weightsPrivacy?.spentEpsilon),
  },
  {
    name: "syncytium_weights_epsilon_limit",
    kind: "gauge",
    help: "The epsilon that they may spend",
    samples: ({ standing }) => single(standing?.weightsPrivacy?.totalEpsilon ?? undefined),
  },
  {
    name: "syncytium_audit_records_total",
    kind: "counter",
    help: "Records of the audit log, over all lives of the peer",
    samples: ({ standing }) => single(standing?.audit.head.records),
  },
  {
    name: "syncytium_audit_size_bytes",
    kind: "gauge",
    help: "Size of the audit log",
    samples: ({ standing }) => single(standing?.audit.head.bytes),
  },
  {
    name: "syncytium_disk_free_bytes",
    kind: "gauge",
    help: "Free where the folder of state lies; needs --allow-sys=statfs",
    samples: ({ disk }) => single(disk.freeBytes),
  },
  {
    name: "process_resident_memory_bytes",
    kind: "gauge",
    help: "Memory of the process that is resident",
    samples: ({ process }) => single(process.residentBytes),
  },
  {
    name: "process_cpu_seconds_total",
    kind: "counter",
    help: "Processor time of the process, of all its threads",
    samples: ({ process }) => single(process.cpuSeconds),
  },
  {
    name: "process_start_time_seconds",
    kind: "gauge",
    help: "When the process began",
    samples: ({ process }) => single(process.startSeconds),
  },
];
