/**
 * Sites as real processes with default settings, and one member among them that lies, as a process of its own.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import type { WrittenSite } from "../../src/cli/consortium.ts";
import { launchPeer, peerPermissions } from "../../src/cli/launch.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import type { SiteReport } from "../../src/peer/report/schema.ts";
import type { LieName } from "./_lies.ts";

const HOSTILE = fromFileUrl(new URL("hostile_member.ts", import.meta.url));

/** What became of an honest site. */
export interface HonestOutcome {
  readonly name: string;
  readonly code: number;
  /** All its warnings, in order. */
  readonly warnings: readonly string[];
  /** Standard error. */
  readonly log: string;
  /** Absent where it left none. */
  readonly report?: SiteReport;
}

/** A member that lies until it is disposed of. */
export class HostileMember {
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
  }

  /** Starts it in the place of `site`, and resolves once the others may call it. */
  static async start(site: WrittenSite, lies: readonly LieName[]): Promise<HostileMember> {
    const { directory, configuration } = site;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...peerPermissions(directory), HOSTILE, configuration, lies.join(",")],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const text: ReadableStream<string> = process.stdout.pipeThrough(new TextDecoderStream());
    const lines: ReadableStream<string> = text.pipeThrough(new TextLineStream());
    for await (const line of lines) if (line.includes('"lying"')) return new HostileMember(process);
    throw new Error(`the member that lies ended with code ${(await process.status).code} before it had begun`);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close().catch(() => {}); // it may have ended by itself
    await this.#process.status;
  }
}

/** Runs a site to its end. */
export async function runHonest(site: WrittenSite): Promise<HonestOutcome> {
  const peer = launchPeer(site);
  const warnings: string[] = [];
  for await (const event of peer.events) if (event.type === "warning") warnings.push(event.message);
  const code = await peer.status;
  const path = join(site.directory, "results", "site.json");
  const text = await Deno.readTextFile(path).catch(() => undefined);
  return {
    ...{ name: site.name, code, warnings, log: await Deno.readTextFile(peer.log) },
    ...(text !== undefined && { report: siteFromJson(text, path) }),
  };
}

/** Runs all `sites` to their end, beside one that tells `lies`, if any, and was there before them. */
export async function runAmong(
  sites: readonly WrittenSite[],
  { liar, lies }: { liar: WrittenSite; lies: readonly LieName[] },
): Promise<HonestOutcome[]> {
  await using _hostile = lies.length > 0 ? await HostileMember.start(liar, lies) : undefined;
  return await Promise.all(sites.map(runHonest));
}
