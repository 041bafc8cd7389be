/**
 * The configuration of a new site, with comments for whoever edits it.
 *
 * @module
 */
import { resolve } from "@std/path";
import { UserError } from "../../core/errors.ts";
import type { Dataset } from "../../data/datasets/dataset.ts";
import { splitSubjects } from "../../data/splits.ts";
import { formatCount } from "../../display/formats/count.ts";
import { PEER_DEFAULTS } from "../../settings/defaults.ts";
import type { PolicySettings } from "../../settings/types.ts";
import type { Answers } from "./answers.ts";

/**
 * What each choice of `--privacy` is as a policy. At epsilon 100 a release, what reconstruction gains from an embedding
 * fell from 8.5 % to 1 % (docs/security.md); by the account's rule 1000 in all are spent after 15 such releases.
 */
const POLICIES: Readonly<Record<Answers["privacy"], { about: string; policy: Partial<PolicySettings> }>> = {
  open: { about: "Embeddings leave as they are, at most so many in a round.", policy: { featuresPerRound: 2048 } },
  budget: {
    about: "Embeddings leave with noise, for about 15 rounds: then the budget is spent, and only weights leave.",
    policy: { featuresPerRound: 2048, noise: { epsilon: 100, delta: 1e-5 }, totalEpsilon: 1000 },
  },
  "weights-only": { about: "No embeddings leave; weights do.", policy: { featuresPerRound: 0 } },
};

/** How many labelled cases to fine-tune with: half of them, or as many as leave enough for tests; undefined: as by default. */
function labelledOf({ cases }: Dataset): number | undefined {
  const labelled = cases.filter(({ label }) => label !== undefined).length;
  for (let count = Math.ceil(labelled / 2); count > 0; count--) {
    try {
      splitSubjects(cases, { peers: 1, labelled: count, seed: PEER_DEFAULTS.seed });
      return count;
    } catch (error) {
      if (!(error instanceof UserError)) throw error; // too few are left
    }
  }
  return undefined;
}

/** The file's text. @param schema where its JSON Schema lies */
export function configurationText(answers: Answers, schema: string): string {
  const { name, data, dataset, found, dial, port, privacy } = answers;
  const labels = dataset.cases.filter(({ label }) => label !== undefined).length;
  const labelled = labelledOf(dataset);
  const { about, policy } = POLICIES[privacy];
  const shared = found
    ? [
      "  // What all sites train is planned by them together, from what their volumes are like; the charter is made with",
      "  // this file and carries it to the others. docs/operating.md says how to give a plan instead.",
      '  "plan": {},',
    ]
    : [
      "  // What all sites train (seed, network, pretrain, data.spacing and the like) is taken from the charter: leave it",
      "  // out here. deno task charter show charter.json prints it.",
    ];
  const json = (value: unknown) => JSON.stringify(value);
  return [
    `// The configuration of ${name}. docs/configuration.md has every setting; what is left out has its default.`,
    "{",
    `  "$schema": ${json(schema)},`,
    "",
    "  // How the others see this site.",
    `  "name": ${json(name)},`,
    "",
    "  // Keys, checkpoints and audit log; they never leave the site, and only its own user may read them.",
    '  "stateDirectory": "state",',
    "  // Report and predictions.",
    '  "outputDirectory": "results",',
    "",
    "  // What this site computes with: the best engine that works here, on all cores.",
    '  "engine": { "name": "auto" },',
    "",
    '  "data": {',
    `    // ${
      formatCount(dataset.cases.length, "case")
    } were there when this file was written, ${labels} of them with a label.`,
    `    "directory": ${json(resolve(data))},`,
    ...(labelled === undefined ? [] : [
      "    // Labelled cases to fine-tune with; of the others, some are for tests and measures, the rest to pre-train with.",
      `    "labelled": ${labelled},`,
    ]),
    '    // "memory": 16, // GiB that the peer may take; 80 % of the machine\'s, or 8, where this is left out',
    "  },",
    "",
    ...shared,
    "",
    `  // ${about}`,
    "  // No other site can change this; docs/security.md says what others can make of embeddings.",
    `  "policy": ${json(policy)},`,
    "",
    "  // Curves in results/curves.csv, and a log of bounded size; docs/operating.md has more.",
    '  // "records": { "curves": true, "log": { "file": "results/peer.log" } },',
    "",
    "  // A page on which the running peer is watched, from this machine; docs/operating.md says how from others.",
    '  // "web": { "listen": "127.0.0.1:8080" },',
    "",
    '  "mesh": {',
    "    // Who belongs. The mesh brings newer versions by itself.",
    '    "charter": "charter.json",',
    "    // Where the others call this site; the firewall must let it in, or name relays below.",
    `    "listen": ["/ip4/0.0.0.0/tcp/${port}"],`,
    "    // Sites to call first; one that answers is enough.",
    `    "bootstrap": ${json(dial)},`,
    "    // Look for other sites on the local network.",
    `    "mdns": ${dial.length === 0},`,
    '    // "announce": ["/dns4/peer.hospital.example/tcp/4001"], // where a forwarded port leads here',
    '    // "relays": ["/dns4/relay.example/tcp/4001/p2p/ID"], // where nobody can call this site',
    "  },",
    "}",
    "",
  ].join("\n");
}
