/**
 * An evaluation as it was asked for: its data, folds, network and methods, the same in every process.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { Rng } from "../../src/core/rng.ts";
import { readCommentedJson } from "../../src/core/text_files.ts";
import type { Triple } from "../../src/core/triple.ts";
import { checkCases } from "../../src/data/checks/check_cases.ts";
import type { Dataset } from "../../src/data/datasets/dataset.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { type FoldSplit, splitFolds } from "../../src/data/folds.ts";
import type { Plan } from "../../src/data/plan.ts";
import { limitSubjects } from "../../src/data/subjects.ts";
import { measureSubjects } from "../../src/data/sites/measure.ts";
import { type DivisionName, divisions, makeSites } from "../../src/data/sites/registry.ts";
import { UsageError } from "../../src/cli/command.ts";
import type { EngineFlags } from "../../src/cli/flags/engine.ts";
import { oneOf } from "../../src/cli/flags/mod.ts";
import { type EvaluationBudget, withBudget } from "../../src/evaluation/budget/budget.ts";
import { requireMethodFits } from "../../src/evaluation/protocol/method_fits.ts";
import {
  type Method,
  methodNamed,
  methodNames,
  parseProtocol,
  type Protocol,
} from "../../src/evaluation/protocol/protocol.ts";
import { rolesOf, type SiteRoles } from "../../src/evaluation/plan/roles.ts";
import { channelCount } from "../../src/data/channels.ts";
import { parseUNetConfig, type UNetConfig } from "../../src/model/config.ts";
import { loadNamedExtensions } from "../../src/peer/extensions.ts";
import { planMethod } from "../../src/planning/network.ts";

const PROTOCOLS = fromFileUrl(new URL("protocols", import.meta.url));

/** What was asked for, as plain data. */
export interface EvaluationRequest {
  readonly dataset: string;
  /** A name of `protocols/`, or a file. */
  readonly protocol: string;
  readonly methods: readonly string[];
  /** The held subjects' folds, on which schedules are chosen. */
  readonly development: boolean;
  /** How sites are made; absent: as the data set names them. */
  readonly sites?: { readonly division: DivisionName; readonly count: number; readonly alpha: number };
  /** What is other in the protocol's split. */
  readonly split?: Pick<Protocol["split"], "labelledSites" | "testedOn">;
  /** Rounds and steps that minutes have planned. */
  readonly budget?: EvaluationBudget;
  readonly engine: EngineFlags;
  readonly out: string;
}

/** What every process works with. */
export interface Evaluation {
  dataset: Dataset;
  protocol: Protocol;
  folds: FoldSplit[][];
  plan: Plan;
  network: UNetConfig;
  patch: Triple;
  methods: ReadonlyMap<string, Method>;
  /** Which sites have labels, and which are tested. */
  roles: SiteRoles;
}

async function protocolNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(PROTOCOLS)) names.push(name.replace(/\.json$/, ""));
  return names.sort();
}

/** The file of a protocol, by name or path. @throws {UsageError} if there is none of that name. */
async function protocolFile(name: string): Promise<string> {
  if (!/^[a-z0-9-]+$/.test(name)) return name;
  return join(PROTOCOLS, `${oneOf("protocol", await protocolNames(), name)}.json`);
}

/** The protocol that is named as the data set, or the default one. */
export async function protocolFor(directory: string): Promise<string> {
  const name = (await openDataset(directory)).name.toLowerCase();
  return (await protocolNames()).includes(name) ? name : "default";
}

/** Reads a protocol, and loads the extensions that it names. */
async function readProtocol(name: string): Promise<Protocol> {
  const file = await protocolFile(name);
  const value = await readCommentedJson(file, { doing: "reading the protocol" });
  await loadNamedExtensions(value, { doing: "reading the protocol", file });
  return parseProtocol(value, file);
}

/** Each subject's measures; headers are checked before a volume is read. */
async function measured(dataset: Dataset): ReturnType<typeof measureSubjects> {
  await checkCases(dataset.cases);
  return await measureSubjects(dataset);
}

/**
 * Opens everything that is asked for. @throws {UserError} naming what does not fit; a `UsageError` where it is a flag.
 */
export async function openEvaluation(request: EvaluationRequest): Promise<Evaluation> {
  const { development } = request;
  const read = await readProtocol(request.protocol);
  const protocol = withBudget({ ...read, split: { ...read.split, ...request.split } }, request.budget);
  const { data: { voxels: voxelBudget, ...headers }, network: { patchVoxels, ...network }, split } = protocol;
  const methods = new Map(request.methods.map((name) => {
    oneOf("methods", methodNames(protocol), name);
    return [name, methodNamed(name, protocol, request.protocol)];
  }));
  const dataset = await openDataset(request.dataset);
  if (request.sites === undefined && dataset.cases.some(({ site }) => site === undefined)) {
    throw new UsageError(
      `the flag --sites must make sites where the data set does not name each case's: ${
        Object.keys(divisions).join(", ")
      }`,
    );
  }
  const all = request.sites === undefined ? dataset.cases : makeSites(dataset.cases, {
    ...request.sites,
    sites: request.sites.count,
    seed: split.seed,
    least: Math.max(split.held + split.probe + 2, 3),
    ...(divisions[request.sites.division].needsMeasures && { measures: await measured(dataset) }),
  });
  const cases = split.subjects === undefined
    ? all
    : limitSubjects(all, split.subjects, new Rng(split.seed).fork("subjects"));
  await checkCases(cases); // before a plan is made of what may be wrong
  const folds = splitFolds(cases, { ...split, development, probe: development ? 0 : split.probe });
  const { spacing, patch, pool } = await planMethod(cases, {
    ...headers,
    voxelBudget,
    patchVoxels,
    levels: network.levels,
  });
  const sites = folds[0].length;
  for (const method of methods.values()) requireMethodFits(method, { sites, patch, where: request.protocol });
  return {
    dataset: { ...dataset, cases },
    protocol,
    folds,
    plan: { ...headers, spacing },
    network: parseUNetConfig({ channels: channelCount(dataset), classes: dataset.labels.size + 1, ...network, pool }),
    patch,
    methods,
    roles: rolesOf(split, { sites, where: request.protocol }),
  };
}
