/**
 * What a hardship needs of the machine: networks and disks of its own, which bear the number of the process that made
 * them, so that what a killed one has left is known and taken away.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf } from "../../src/core/errors.ts";
import { Network, whyNoNamespaces } from "../../tests/integration/fixtures/network.ts";
import { type HardshipName, hardshipOf } from "./_hardships.ts";

/** A few times what a small site needs. */
const DISK = "64m";

/** At once, whoever still looks at it. */
const UNMOUNT: [string, string] = ["umount", "--lazy"];

/** More rounds than a small site does in a second where two of them share a processor core. */
const PACE = 3;

/**
 * More rounds than one of `sites` will do in a second, beside the least that this machine had to do in the last quarter
 * of an hour: what is more now may be over soon.
 */
export function paceHere(sites: number): number {
  const load = Math.min(...Deno.loadavg());
  return PACE * Math.min(1, navigator.hardwareConcurrency * 2 / (sites + load));
}

/** What everything that a process makes is named after. */
const markOf = (pid: number | string) => `hardships-${pid}`;

async function run(...[program, ...args]: [string, ...string[]]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr).trim().split("\n")[0]}`);
  return new TextDecoder().decode(stdout);
}

/** A disk of its own at `directory`, which is made. @throws {Error} if this user may mount none. */
export async function mountDisk(directory: string): Promise<AsyncDisposable> {
  await Deno.mkdir(directory, { recursive: true });
  await run("mount", "-t", "tmpfs", "-o", `size=${DISK}`, markOf(Deno.pid), directory);
  return { [Symbol.asyncDispose]: async () => void await run(...UNMOUNT, directory) };
}

/** Networks of their own for sites of these names, each with a public address. */
export async function makeNetwork(names: readonly string[]): Promise<Network> {
  return await Network.make(Object.fromEntries(names.map((site) => [site, "public"] as const)), markOf(Deno.pid));
}

/** Whether no process has this number any more; `/proc` may be read with all permissions only. */
async function isGone(pid: string): Promise<boolean> {
  const { code } = await new Deno.Command("ps", { args: ["-p", pid], stdout: "null", stderr: "null" }).output();
  return code === 1;
}

/** The disks in memory that are mounted. */
async function disks(): Promise<{ source: string; target: string }[]> {
  const args = ["--json", "--list", "--types", "tmpfs", "--output", "SOURCE,TARGET"];
  const listed = await run("findmnt", ...args).catch(() => '{"filesystems":[]}'); // no Linux, no mounts
  return JSON.parse(listed).filesystems;
}

/** What a killed run has left. */
export interface Left {
  /** A namespace's name or a mount point. */
  readonly what: string;
  /** Why it could not be taken away; undefined: it is gone. */
  readonly failure?: string;
}

/** Takes away the networks and disks of runs that were killed: those of processes that are no more, and nobody else's. */
export async function takeAwayLeft(): Promise<Left[]> {
  const left: Left[] = [];
  const takeAway = async (what: string, ...command: [string, ...string[]]) => {
    const failure = await run(...command, what).then(() => undefined, messageOf);
    left.push({ what, ...(failure !== undefined && { failure }) });
  };
  for (const { source, target } of await disks()) {
    const [, pid] = /^hardships-(\d+)$/.exec(source) ?? [];
    if (pid !== undefined && await isGone(pid)) await takeAway(target, ...UNMOUNT);
  }
  const namespaces = await run("ip", "netns", "list").catch(() => ""); // no iproute2, no namespaces
  for (const [name, pid] of namespaces.matchAll(/^\S+-hardships-(\d+)\b/gm)) {
    if (await isGone(pid)) await takeAway(name, "ip", "netns", "delete");
  }
  return left;
}

async function whyNoDisk(): Promise<string | undefined> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    await using _disk = await mountDisk(join(directory, "disk"));
    return undefined;
  } catch (error) {
    return messageOf(error).replaceAll(directory, "");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Why a hardship cannot be had on this machine; undefined if it can. */
export async function whyNotHere(name: HardshipName): Promise<string | undefined> {
  if (Deno.build.os === "windows") return "there are no signals that stop a process";
  const { needs } = hardshipOf(name);
  return needs === "namespaces" ? await whyNoNamespaces() : needs === "disk" ? await whyNoDisk() : undefined;
}
