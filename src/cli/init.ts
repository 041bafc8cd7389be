/**
 * `deno task init`: sets a new site up, by questions on a terminal or by flags.
 *
 * @module
 */
import { formatCount } from "../display/formats/count.ts";
import { choice, defineCommand, integer, list, path, text, toggle } from "./flags/mod.ts";
import { PRIVACY } from "./init/answers.ts";
import { answersFrom, type Terminal } from "./init/questions.ts";
import { nextSteps, setUpSite } from "./init/set_up.ts";

const SCHEMA = new URL("../../peers/configuration.schema.json", import.meta.url).href;

const TERMINAL: Terminal = { ask: prompt, say: console.log };

/** The command. */
export const init = defineCommand({
  name: "init",
  does: "set a new site up: folders, keys, request to join or charter, and a commented configuration",
  notes: [
    "What is not given is asked for on a terminal. Nothing that is there already is written over.",
    "With --charter the settings that all sites share come from it; a site that it does not name yet gets a request to",
    "join, too. Without, the site asks to join --consortium; one of its sites gives --found and makes the charter.",
  ],
  flags: {
    site: path("DIR", "the site's folder, which is made"),
    name: text("NAME", "how the other sites see it"),
    data: path("DIR", "its volumes: Medical Decathlon, nnU-Net, BIDS or a plain folder"),
    charter: path("FILE", "the charter, if it was sent one"),
    consortium: text("ID", "the consortium to ask to join, without a charter"),
    found: toggle("what all sites train is taken from this one, which makes the charter"),
    dial: list(text("ADDRESSES", "multiaddresses of other sites to call first, with commas")),
    mdns: toggle("find the other sites on the local network"),
    port: { ...integer("N", "the port on which the others call it; 0: any", { from: 0, to: 65_535 }), shown: "4001" },
    privacy: choice(
      "CHOICE",
      PRIVACY,
      "what may leave beside weights: embeddings, some with noise until a budget is spent, or none",
    ),
  },
  example: "--site site --name hospital-a --data /data/heart --charter charter.json --mdns --privacy open",
  async run({ flags: { found, mdns, ...flags } }) {
    const isAsking = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
    // a switch that is not there says nothing
    const given = { ...flags, ...(mdns && { mdns }), ...(found && { found }) };
    const answers = await answersFrom(given, isAsking ? TERMINAL : undefined);
    const done = await setUpSite(answers, SCHEMA);
    const { cases } = answers.dataset;
    const labels = cases.filter(({ label }) => label !== undefined).length;
    console.log(
      `${done.configuration}: ${answers.name}, ${done.peerId}, ${
        formatCount(cases.length, "case")
      }, ${labels} labelled`,
    );
    console.log(["next", ...nextSteps(answers, done).map((line, i) => `  ${i + 1}. ${line}`)].join("\n"));
  },
});

if (import.meta.main) await init.main();
