/** `charter admit`: proposes new members. */
import { UserError } from "../../core/errors.ts";
import { admit as admitted } from "../../mesh/charter/proposals.ts";
import { defineCommand, rest } from "../flags/mod.ts";
import { readRequest } from "./_files.ts";
import { charterFile, request, signing } from "./_flags.ts";
import { propose, PROPOSING_NOTES } from "./_proposing.ts";

/** The command. */
export const admit = defineCommand({
  name: "charter admit",
  does: "add members",
  notes: ["Adds the sites whose join requests are given.", ...PROPOSING_NOTES],
  arguments: { file: charterFile, requests: rest(request) },
  flags: signing,
  example: "charter.json hospital-d.join.json --state state",
  run: ({ arguments: { file, requests: paths }, flags }) =>
    propose({ file, ...flags }, async ({ chain }) => {
      const requests = await Promise.all(paths.map(readRequest));
      requests.forEach(({ consortium }, i) => {
        if (consortium === chain.newest.consortium) return;
        const rule = `changing the charter: a request must be for ${chain.newest.consortium}`;
        throw new UserError(rule, { where: paths[i], value: consortium });
      });
      return admitted(chain, requests.map(({ member }) => member));
    }),
});
