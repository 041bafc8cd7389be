/**
 * Writes what a new site needs: its folders, keys, charter or request to join, and configuration. No file that is there
 * is written over.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import { writeNew } from "../../core/files.ts";
import { readTextIfThere } from "../../core/text_files.ts";
import { CHARTER_LIMITS } from "../../mesh/charter/charter.ts";
import { loadIdentity } from "../../mesh/envelope/identity.ts";
import { writeJoinRequest } from "../charter/joining.ts";
import type { Answers } from "./answers.ts";
import { configurationText } from "./configuration_text.ts";
import { CONFIGURATION } from "./questions.ts";

const DOING = "setting up a site";

/** Who may look into the folders: the site's own user, and for results and configuration its group. */
const MODES = { site: 0o750, state: 0o700, results: 0o750 };

/** A site that is set up. */
export interface SetUp {
  peerId: string;
  /** Path of the configuration. */
  configuration: string;
  /** Path of the request to join, where one is to be sent. */
  request?: string;
}

/** @throws {UserError} naming the file or folder that is in the way or cannot be written. */
export async function setUpSite(answers: Answers, schema: string): Promise<SetUp> {
  const { site, name, charter, consortium = charter?.charter.consortium } = answers;
  const path = (file: string) => join(site, file);
  const [state, configuration] = [path("state"), path(CONFIGURATION)];
  await requireSame(path("charter.json"), charter?.text);
  await made(site, MODES.site);
  await made(path("results"), MODES.results);
  const { peerId } = await loadIdentity(state);
  if (Deno.build.os !== "windows") await attempt(state, () => Deno.chmod(state, MODES.state));
  const isMember = charter?.charter.members.some(({ peer }) => peer === peerId) ?? false;
  const request = isMember ? undefined : path(`${name}.join.json`);
  if (request) await writeJoinRequest({ state, name, consortium: consortium!, out: request });
  if (charter) await writeUnlessThere(path("charter.json"), charter.text);
  await attempt(configuration, () => writeNew(configuration, configurationText(answers, schema)));
  return { peerId, configuration, ...(request && { request }) };
}

/** Another charter in the folder is somebody's. */
async function requireSame(path: string, text?: string): Promise<void> {
  const before = await readTextIfThere(path, { doing: DOING, atMost: CHARTER_LIMITS.fileBytes });
  if (before === undefined || text === undefined || before === text) return;
  throw new UserError(`${DOING}: another charter is there already, which stays; name another folder`, { where: path });
}

async function writeUnlessThere(path: string, text: string): Promise<void> {
  await attempt(path, async () => {
    try {
      await writeNew(path, text);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error; // the same one
    }
  });
}

const made = (path: string, mode: number) => attempt(path, () => Deno.mkdir(path, { recursive: true, mode }));

async function attempt(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new UserError(`${DOING}: ${messageOf(cause)}`, { where: path, cause });
  }
}

/** What is to be done next, a line each. */
export function nextSteps({ charter, consortium, found, site }: Answers, { configuration, request }: SetUp): string[] {
  const place = join(site, "charter.json");
  const state = join(site, "state");
  const node = [
    `deno task doctor --config ${configuration}   whether all is ready`,
    `deno task node --config ${configuration}   start the site`,
  ];
  const founding = [
    `collect the other sites' requests, *.join.json, and put ${request} to them`,
    `deno task charter create *.join.json --config ${configuration} --threshold N --state ${state} --out ${place}`,
    `send ${place} to the others, who look at it (charter show) and sign it (charter approve)`,
  ];
  const joining = [
    `send ${request} to a member of ${
      consortium ?? charter?.charter.consortium
    }, who enters it (charter admit, or create)`,
    `put the charter that comes back at ${place}${
      charter ? ", in place of the one that is there" : ""
    }; if it waits for ` +
    `signatures: deno task charter approve ${place} --state ${state}, and send it on`,
  ];
  return [...(request === undefined ? [] : found ? founding : joining), ...node];
}
