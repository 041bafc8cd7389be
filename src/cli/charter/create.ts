/** `charter create`: the first version. */
import { UserError } from "../../core/errors.ts";
import { found } from "../../mesh/charter/proposals.ts";
import { modelDigest } from "../../peer/_shared_settings.ts";
import { readConfiguration } from "../../peer/configuration.ts";
import { parseFlags } from "../command.ts";
import { explained, needed, readOwnKeys, readRequest, readThreshold, signAs } from "./_files.ts";
import { conclude } from "./_result.ts";

const USAGE = "charter create REQUEST… --config FILE --threshold M --state DIR [--out FILE]";

const HELP = [
  "Makes the first version of a charter of all sites whose join requests are given, this one's among them, and signs it.",
  "  --config FILE     a site's configuration, for seed, network, pretrain and data.spacing, which bind all sites",
  "  --threshold M     how many members must sign a version; more than half of them rules accidental splits out",
  "  --state DIR       this site's state directory",
  "  --out FILE        where the charter goes (charter.json)",
  "  --again           sign although this site has signed another first version",
];

/** Runs the command. */
export async function create(args: readonly string[]): Promise<void> {
  const string = ["config", "threshold", "state", "out"];
  const rules = { usage: USAGE, help: HELP, string, boolean: ["again"], positional: [1, 2000] as const };
  const parsed = parseFlags(args, rules);
  const [config, state] = ["config", "state"].map((flag) => needed(parsed, flag, USAGE));
  const threshold = readThreshold(needed(parsed, "threshold", USAGE), USAGE);
  const { out = "charter.json" } = parsed.flags as { out?: string };
  await refuseToReplace(out);
  const model = await modelDigest(await readConfiguration(config));
  const requests = await Promise.all(parsed.positional.map(readRequest));
  const { consortium } = requests[0];
  const other = requests.findIndex((request) => request.consortium !== consortium);
  if (other > 0) {
    throw new UserError(`founding the charter: all requests must be for ${consortium}`, {
      where: parsed.positional[other],
      value: requests[other].consortium,
    });
  }
  const members = requests.map(({ member }) => member);
  const charter = await explained("founding the charter", out, () => found({ consortium, model, threshold, members }));
  const identity = await readOwnKeys(state);
  const again = parsed.flags.again === true;
  await conclude(out, [await signAs(charter, { state, identity, file: out, voters: charter, again })]);
}

async function refuseToReplace(path: string): Promise<void> {
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new UserError("founding the charter: the file must not be there yet", { where: path });
}
