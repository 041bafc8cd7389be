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

/** More rounds than one of `sites` will do in a second, beside all else that this machine has to do now. */
export function paceHere(sites: number): number {
  const [load] = Deno.loadavg();
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

/** Whether no process has this number any more. */
async function isGone(pid: string): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => false, () => true);
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
  const mounts = await Deno.readTextFile("/proc/self/mounts").catch(() => ""); // no Linux, no mounts
  for (const [, pid, escaped] of mounts.matchAll(/^hardships-(\d+) (\S+) tmpfs /gm)) {
    if (!await isGone(pid)) continue;
    await takeAway(escaped.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))), ...UNMOUNT);
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
