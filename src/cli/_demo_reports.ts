/** What became of the peers of a demo. */
import { join } from "@std/path";
import { readTextIfThere } from "../core/text_files.ts";
import { siteFromJson } from "../peer/report/json.ts";
import type { SiteReport } from "../peer/report/schema.ts";
import { EXIT } from "./command.ts";
import type { WrittenSite } from "./consortium.ts";
import type { LaunchedPeer } from "./launch.ts";

/** A peer without a report. */
export interface MissingPeer {
  name: string;
  peerId: string;
  /** How it ended; what ended before its work was done was interrupted, whatever code it ended with. */
  code: number;
  /** The code and the last line of its log. */
  reason: string;
  /** The path of its log. */
  log: string;
}

/** The reports of the peers that came through, and what stopped the others. */
export async function collectReports(
  sites: readonly WrittenSite[],
  peers: readonly Pick<LaunchedPeer, "status" | "log">[],
): Promise<{ reports: SiteReport[]; missing: MissingPeer[] }> {
  const reports: SiteReport[] = [];
  const missing: MissingPeer[] = [];
  for (const [i, { name, peerId, directory }] of sites.entries()) {
    const { status, log } = peers[i];
    const path = join(directory, "results", "site.json");
    const text = await status === 0 ? await readTextIfThere(path, { doing: "reading a site's report" }) : undefined;
    if (text !== undefined) {
      reports.push(siteFromJson(text, path));
    } else {
      const code = await status || EXIT.interrupted; // a peer that somebody sends a SIGTERM ends with 0
      const last = (await Deno.readTextFile(log)).trimEnd().split("\n").at(-1);
      missing.push({ name, peerId, code, log, reason: `exit code ${code}: ${last}` });
    }
  }
  return { reports, missing };
}
