/** What a site reports beside its figures, and the files of its report. */
import { join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { PHANTOM_DATASET } from "../data/phantom/cohort.ts";
import type { PeerConfiguration } from "./configuration.ts";
import { aggregate } from "./report/aggregate.ts";
import { siteToJson } from "./report/json.ts";
import { infoOf } from "./report/run_info.ts";
import type { MemberReport, SiteReport } from "./report/schema.ts";
import { type CaseNames, versions } from "./report/site_facts.ts";
import type { SiteCases, Use } from "./site_data.ts";

/** The facts of a site's run that are known at its start. */
export function siteFacts(
  configuration: PeerConfiguration,
  { dataset, references }: SiteCases,
): Required<Pick<SiteReport, "caseNames" | "dataset" | "seed" | "version" | "settings">> {
  const { seed, data, network, schedule, fineTune, mesh: { averaging }, policy } = configuration;
  const idsOf = (use: Use) => references[use].map(({ id }) => id);
  const caseNames: CaseNames = {
    ...{ training: idsOf("training"), labelled: idsOf("labelled"), probe: idsOf("probe"), test: idsOf("test") },
  };
  const { name, directory, labels } = dataset;
  return {
    ...{ caseNames, seed, version: versions() },
    dataset: { name, directory, labels: Object.fromEntries(labels), phantom: name === PHANTOM_DATASET },
    settings: {
      "rounds x steps": `${schedule.rounds} x ${schedule.stepsPerRound}`,
      "fine-tuning": `${fineTune.steps} steps, ${
        fineTune.mode === "federated" ? `in ${fineTune.rounds} rounds with the others` : "by itself"
      }`,
      "patch (z, y, x)": network.patch.join(" x "),
      "spacing in mm (x, y, z)": data.spacing?.join(" x ") ?? "each volume's own",
      "averaging": [averaging.topology, averaging.rule, averaging.compression].join(", "),
      "features that may leave in a round": policy.featuresPerRound,
    },
  };
}

/** Members with the names by which `named` lists them. */
export function withNames(
  members: readonly MemberReport[],
  named: readonly { readonly peer: string; readonly name: string }[],
): MemberReport[] {
  const names = new Map(named.map(({ peer, name }) => [peer, name]));
  return members.map((member) => {
    const name = names.get(member.peerId);
    return name === undefined ? member : { ...member, name };
  });
}

/**
 * Writes `site.json` and, for people, `report.html` beside it.
 *
 * @param kept where what was trained is kept, by what it is
 * @returns the path of the page.
 * @throws {UserError} if one cannot be written: pre-training need not be done again.
 */
export async function writeSiteReport(
  { outputDirectory }: Pick<PeerConfiguration, "outputDirectory">,
  report: SiteReport,
  kept: Record<string, string> = {},
): Promise<string> {
  const [data, page] = [join(outputDirectory, "site.json"), join(outputDirectory, "report.html")];
  let path = data;
  try {
    await writeAtomically(path, siteToJson(report));
    path = page;
    const { renderReport } = await import("./report/html.ts"); // pictures and charts: only now
    await writeAtomically(
      path,
      renderReport(aggregate([report], infoOf([report], { results: outputDirectory, kept }))),
    );
  } catch (cause) {
    const rule = `${messageOf(cause)}; started again, the peer goes on from its last checkpoint`;
    throw new UserError(`writing the report: ${rule}`, { where: path, cause });
  }
  return page;
}
