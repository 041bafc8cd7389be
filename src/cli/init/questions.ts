/**
 * The questions of `init`: what flags have not said is asked for on a terminal, each answer checked before the next
 * question.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import { messageOf, UserError } from "../../core/errors.ts";
import { entryAt } from "../../core/files.ts";
import { readText } from "../../core/text_files.ts";
import { openDataset } from "../../data/datasets/registry.ts";
import { CHARTER_LIMITS, nameSchema } from "../../mesh/charter/charter.ts";
import { readCharterFile } from "../../mesh/charter/file.ts";
import { addressFault } from "../../mesh/finding/address_rules.ts";
import { UsageError } from "../command.ts";
import { type Answers, PRIVACY } from "./answers.ts";

/** Where questions are asked. */
export interface Terminal {
  /** The answer, with `fallback` to begin with; null at the end of input. */
  ask(question: string, fallback?: string): string | null;
  /** Says a line. */
  say(line: string): void;
}

/** As flags give them, texts unchecked. */
export interface Given {
  site?: string;
  name?: string;
  data?: string;
  charter?: string;
  consortium?: string;
  found?: boolean;
  dial?: readonly string[];
  mdns?: boolean;
  port?: number;
  privacy?: Answers["privacy"];
}

const DOING = "setting up a site";

/** The configuration's file in a site's folder, under the names that are known. */
export const CONFIGURATION = "site.jsonc";
const TAKEN = [CONFIGURATION, "site.json"];

interface Question {
  /** How the flags are called that say it. */
  readonly flags: string;
  readonly text: string;
  readonly fallback?: string;
  /** Whether flags must say it where nobody can be asked. */
  readonly isNeeded: boolean;
  isDue(given: Given): boolean;
  /** Takes an answer of the terminal's. @throws {UserError} */
  take(text: string): Given;
  /** Checks what is given of it. @throws {UserError} */
  check(given: Given): Promise<Partial<Answers>>;
}

const refuse = (rule: string, value: unknown, where?: string): never => {
  throw new UserError(`${DOING}: ${rule}`, { where, value });
};

async function requireFree(site: string): Promise<void> {
  for (const file of TAKEN) {
    const path = join(site, file);
    if (!await entryAt(path, { follow: false })) continue;
    refuse("the folder has a configuration already, which stays; name another folder", undefined, path);
  }
}

function requireName(what: string, name: string): void {
  const { issues } = v.safeParse(nameSchema, name);
  if (issues) refuse(`${what} ${issues[0].message}`, name);
}

async function readGivenCharter(file: string): Promise<NonNullable<Answers["charter"]>> {
  const { chain, pending } = await readCharterFile(file);
  const charter = chain?.newest ?? pending!.charter;
  if (charter.settings === undefined) {
    refuse(
      "the charter must carry the settings that all sites share, which one of an earlier version does not; write the " +
        "configuration by hand, or have a new charter made",
      undefined,
      file,
    );
  }
  return { file, charter, text: await readText(file, { doing: DOING, atMost: CHARTER_LIMITS.fileBytes }) };
}

const CHOICES = [
  "What may leave this site beside weights (docs/security.md says what others can make of it)?",
  "  1  open          embeddings as they are: most use for the others; members can study them",
  "  2  budget        embeddings with noise, until a privacy budget is spent; then weights only",
  "  3  weights-only  no embeddings ever",
  "1, 2 or 3",
].join("\n");

const QUESTIONS: readonly Question[] = [
  {
    ...{ flags: "--site", text: "Folder of this site, for its keys, configuration and results", fallback: "site" },
    isNeeded: true,
    isDue: ({ site }) => site === undefined,
    take: (site) => ({ site }),
    check: async ({ site }) => (await requireFree(site!), { site }),
  },
  {
    ...{ flags: "--name", text: "Name of this site, as the others see it, such as hospital-a", isNeeded: true },
    isDue: ({ name }) => name === undefined,
    take: (name) => ({ name }),
    check: ({ name }) => Promise.resolve((requireName("the site's name", name!), { name })),
  },
  {
    flags: "--data",
    text: "Folder of its volumes: Medical Decathlon, nnU-Net, BIDS or a plain folder of volumes",
    isNeeded: true,
    isDue: ({ data }) => data === undefined,
    take: (data) => ({ data }),
    check: async ({ data }) => ({ data, dataset: await openDataset(data!) }),
  },
  {
    ...{ flags: "--charter or --consortium", text: "Charter file, if you were sent one (empty: ask to join)" },
    ...{ fallback: "", isNeeded: true },
    isDue: ({ charter, consortium }) => charter === undefined && consortium === undefined,
    take: (charter) => charter === "" ? {} : { charter },
    check: async ({ charter }) => charter === undefined ? {} : { charter: await readGivenCharter(charter) },
  },
  {
    ...{ flags: "--consortium", text: "Name of the consortium to join, such as heart-2026", isNeeded: false },
    isDue: ({ charter, consortium }) => charter === undefined && consortium === undefined,
    take: (consortium) => ({ consortium }),
    check({ consortium, charter }) {
      if (consortium === undefined) return Promise.resolve({});
      if (charter !== undefined) refuse("a charter names its consortium; give --charter or --consortium", consortium);
      requireName("the consortium's name", consortium);
      return Promise.resolve({ consortium });
    },
  },
  {
    flags: "--found",
    text: "Will this site write the consortium's charter, so that what all train is taken from here (yes or no)?",
    ...{ fallback: "no", isNeeded: false },
    isDue: ({ charter, found }) => charter === undefined && found === undefined,
    take: (text) => ({ found: /^y(es)?$/i.test(text) || (/^no?$/i.test(text) ? false : refuse("yes or no", text)) }),
    check({ charter, found = false }) {
      if (found && charter !== undefined) {
        refuse("with a charter, the consortium is founded already; leave --found out", charter);
      }
      return Promise.resolve({ found });
    },
  },
  {
    flags: "--dial or --mdns",
    text: "Addresses of other sites, with commas, such as /dns4/peer.hospital-b.example/tcp/4001\n" +
      "(empty: they are found on the local network)",
    ...{ fallback: "", isNeeded: true },
    isDue: ({ dial, mdns }) => dial === undefined && !mdns,
    take: (text) => text === "" ? { mdns: true } : { dial: text.split(",").map((each) => each.trim()) },
    check({ dial = [] }) {
      for (const address of dial) {
        const fault = addressFault(address, "call");
        if (fault !== undefined) refuse(`an address of another site ${fault}`, address);
      }
      return Promise.resolve({ dial });
    },
  },
  {
    ...{ flags: "--port", text: "Port on which the others call this site (0: any that is free)", fallback: "4001" },
    isNeeded: false,
    isDue: ({ port }) => port === undefined,
    take: (text) => ({ port: text.trim() === "" ? NaN : Number(text) }),
    check({ port = 4001 }) {
      if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
        refuse("a port must be from 0 to 65535", String(port));
      }
      return Promise.resolve({ port });
    },
  },
  {
    ...{ flags: "--privacy", text: CHOICES, isNeeded: true },
    isDue: ({ privacy }) => privacy === undefined,
    take: (text) => ({
      privacy: PRIVACY[Number(text) - 1] ?? PRIVACY.find((one) => one === text) ?? refuse("it must be 1, 2 or 3", text),
    }),
    check: ({ privacy }) => Promise.resolve({ privacy }),
  },
];

/**
 * All answers: those of `given`, checked, and the terminal's; a wrong answer on the terminal is asked for again.
 *
 * @param terminal where there is one
 * @throws {UsageError} naming all flags that are missing, where there is no terminal
 * @throws {UserError} if a flag is wrong, or the input ends before the last answer.
 */
export async function answersFrom(given: Given, terminal?: Terminal): Promise<Answers> {
  const missing = QUESTIONS.filter((one) => one.isNeeded && one.isDue(given)).map(({ flags }) => flags);
  if (!terminal && missing.length > 0) {
    throw new UsageError(`without a terminal to ask on, these flags are needed: ${missing.join(", ")}`);
  }
  let [all, answers]: [Given, Partial<Answers>] = [given, {}];
  for (const question of QUESTIONS) {
    if (terminal && question.isDue(all)) {
      const taken = await asked(question, all, terminal);
      [all, answers] = [{ ...all, ...taken.given }, { ...answers, ...taken.answers }];
    } else answers = { ...answers, ...await question.check(all) };
  }
  return answers as Answers; // every question's part is there
}

async function asked(question: Question, before: Given, { ask, say }: Terminal) {
  for (;;) {
    const { text: shown, fallback } = question;
    const text = ask(`${shown}:`, fallback);
    if (text === null) throw new UserError(`${DOING}: the input ended before the last answer; nothing was written`);
    try {
      const given = question.take(text.trim() || (fallback ?? ""));
      return { given, answers: await question.check({ ...before, ...given }) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(messageOf(error));
    }
  }
}
