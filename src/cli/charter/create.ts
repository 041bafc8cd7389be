/** `charter create`: the first version. */
import { UserError } from "../../core/errors.ts";
import { entryAt } from "../../core/files.ts";
import { found } from "../../mesh/charter/proposals.ts";
import { charterSettings, modelDigest } from "../../peer/shared_settings.ts";
import { ANY_PLAN, readAnyConfiguration } from "../../peer/planning_configuration.ts";
import { defineCommand, needed, path, rest, withDefault } from "../flags/mod.ts";
import { requireWritable } from "../output_file.ts";
import { explained, readOwnKeys, readRequest, signAs } from "./_files.ts";
import { members as memberCount, request, signing } from "./_flags.ts";
import { conclude } from "./_result.ts";

async function refuseToReplace(path: string): Promise<void> {
  if (await entryAt(path, { follow: false })) {
    throw new UserError("founding the charter: the file must not be there yet", { where: path });
  }
  await requireWritable(path, "founding the charter");
}

/** The command. */
export const create = defineCommand({
  name: "charter create",
  does: "put the first version together, of all sites' requests",
  notes: [
    "This site's own request must be among them; the version is signed by this site. The charter carries the settings",
    "that all sites share, which the others leave out of their configurations.",
  ],
  arguments: { requests: rest(request) },
  flags: {
    config: needed(
      path("FILE", "a site's configuration: what binds all sites is taken from it and stands in the charter"),
    ),
    threshold: needed(
      memberCount("how many members must sign a version; more than half of them rules accidental splits out"),
    ),
    ...signing,
    out: withDefault(path("FILE", "where the charter goes"), "charter.json"),
  },
  example: "*.join.json --config site.json --threshold 2 --state state",
  async run({ arguments: { requests: paths }, flags: { config, threshold, state, again, out } }) {
    await refuseToReplace(out);
    const configuration = await readAnyConfiguration(config);
    const any = "withPlan" in configuration ? configuration.withPlan(ANY_PLAN) : configuration;
    const [model, settings] = [await modelDigest(any), charterSettings(any)];
    const requests = await Promise.all(paths.map(readRequest));
    const { consortium } = requests[0];
    const other = requests.findIndex((request) => request.consortium !== consortium);
    if (other > 0) {
      throw new UserError(`founding the charter: all requests must be for ${consortium}`, {
        where: paths[other],
        value: requests[other].consortium,
      });
    }
    const members = requests.map(({ member }) => member);
    const charter = await explained(
      "founding the charter",
      out,
      () => found({ consortium, model, settings, threshold, members }),
    );
    const identity = await readOwnKeys(state);
    await conclude(out, [await signAs(charter, { state, identity, file: out, voters: charter, again })]);
  },
});
