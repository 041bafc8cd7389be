/**
 * Whether a site is ready to start: everything that its configuration names is looked at, cheap things first, and each
 * finding says what to do about it. A running peer of the site is left alone.
 *
 * @module
 */
import { isUserError, messageOf, missingPermission } from "../../core/errors.ts";
import { memoryLimit } from "../../core/memory_limit.ts";
import { startEngine } from "../../engine/engine.ts";
import { loadIdentity } from "../../mesh/envelope/identity.ts";
import { knock, type Knocks } from "../../mesh/connections/knock.ts";
import type { PeerConfiguration } from "../../peer/configuration.ts";
import { ANY_PLAN, readAnyConfiguration } from "../../peer/planning_configuration.ts";
import { belongingOf } from "./_belonging.ts";
import { clockFindings, comparedClocks } from "./_clock.ts";
import { examineData } from "./_data.ts";
import { examineFolders, freeBytes } from "./_folders.ts";
import { memberFindings, relayFindings } from "./_members.ts";
import {
  addressFindings,
  certificateFindings,
  portFindings,
  proxyFindings,
  translationFindings,
  udpFindings,
  wayOutFindings,
  webFindings,
} from "./_network.ts";
import { diskFindings, diskNeed, engineFindings, memoryFindings } from "./_resources.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** Options of {@linkcode examineSite}. */
export interface ExamineOptions {
  /** Told each finding as it comes. */
  onFinding?: (finding: Finding) => void;
  /** Longest wait for one connection, in milliseconds. @default 8000 */
  timeout?: number;
}

/** All findings of the site whose configuration lies at `file`. */
export async function examineSite(
  file: string,
  { onFinding = () => {}, timeout }: ExamineOptions = {},
): Promise<Finding[]> {
  const all: Finding[] = [];
  const tell = (findings: readonly Finding[]) => {
    all.push(...findings);
    findings.forEach(onFinding);
  };
  const [begun, since] = [Date.now(), performance.now()];
  const { ok, fault } = findingsOf("settings");
  let read: Awaited<ReturnType<typeof readAnyConfiguration>>;
  try {
    read = await readAnyConfiguration(file);
  } catch (error) {
    if (!isUserError(error)) throw error;
    const remedy = missingPermission(error) === undefined
      ? "mend the configuration: docs/configuration.md says what each field may be"
      : "give Deno the permission";
    tell([fault(messageOf(error), remedy)]);
    return all;
  }
  const isPlanned = "withPlan" in read;
  const configuration = "withPlan" in read ? read.withPlan(ANY_PLAN) : read;
  tell([ok(`${file} is a good configuration${isPlanned ? "; what is trained is planned with the other sites" : ""}`)]);

  const folders = await examineFolders(configuration);
  tell(folders.findings);
  const belonging = await belongingOf(configuration);
  tell(belonging.findings);
  const { mesh, stateDirectory, outputDirectory, engine, web } = configuration;
  const own = Deno.networkInterfaces().map(({ address }) => address);
  tell(portFindings(mesh.listen, folders.isRunning));
  tell(udpFindings(mesh.quic, folders.isRunning));
  tell(webFindings(web, folders.isRunning));
  tell(addressFindings({ own, ...mesh }));
  tell(await certificateFindings(mesh.tls, Date.now()));
  const [environment, called] = [Deno.env.toObject(), [...mesh.bootstrap, ...mesh.relays]];
  tell(proxyFindings(environment, called));
  tell(await wayOutFindings(called, { environment, timeout }));
  const { name, threads, adapter, activations } = engine;
  tell(await engineFindings((warn) => startEngine({ engine: name, threads, adapter, activations, warn })));
  const data = await examineData(configuration, { isPlanned });
  tell(data.findings);
  // of data at fault it is not known
  if (isPlanned || data.memory !== undefined) tell(memoryFindings(data.memory, memoryLimit(configuration.data.memory)));
  const { schedule, fineTune } = configuration;
  const need = diskNeed({
    network: isPlanned ? { baseFilters: 32, levels: 5 } : configuration.network,
    rounds: schedule.rounds + (fineTune.mode === "federated" ? 2 * fineTune.rounds : 0),
    members: belonging.members.length,
    tested: data.tested,
  });
  tell(diskFindings(need, await freeBytes(outputDirectory), outputDirectory));
  const drift = Date.now() - begun - (performance.now() - since);
  tell(clockFindings({ now: Date.now(), newest: folders.newest, drift }));
  tell(await meshFindings(configuration, { belonging, own, isRunning: folders.isRunning, stateDirectory, timeout }));
  return all;
}

interface MeshContext {
  belonging: Awaited<ReturnType<typeof belongingOf>>;
  own: readonly string[];
  isRunning: boolean;
  stateDirectory: string;
  timeout?: number;
}

async function meshFindings(
  { mesh: { bootstrap, relays, mdns, quic } }: PeerConfiguration,
  { belonging: { peerId, consortium, members, nameOf }, own, isRunning, stateDirectory, timeout }: MeshContext,
): Promise<Finding[]> {
  const { note } = findingsOf("members");
  if (isRunning) {
    return [note("they are not called beside this site's own peer, which runs: its log tells who is there")];
  }
  if (peerId === undefined) return [note("they are not called without keys")];
  const knocks: Knocks = await knock({
    ...{ identity: await loadIdentity(stateDirectory), consortium, members, bootstrap, relays, mdns, stateDirectory },
    ...{ quic: quic !== undefined, ...(timeout !== undefined && { timeout }) },
  });
  return [
    ...memberFindings(knocks, nameOf),
    ...relayFindings(knocks.relays),
    ...translationFindings({ own }, knocks),
    ...comparedClocks(knocks.members),
  ];
}
