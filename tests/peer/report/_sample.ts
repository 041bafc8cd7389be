/** Made-up site reports for the tests of this folder. */
import { aggregate } from "../../../src/peer/report/aggregate.ts";
import type { CaseDice, Preview, RunInfo, RunReport, SiteReport } from "../../../src/peer/report/schema.ts";

export const INFO: RunInfo = {
  title: "Two sites",
  command: "deno task demo --seed 7",
  startedAt: "2026-01-02T03:04:05Z",
  seconds: 268,
  version: { syncytium: "0.1.0", deno: "2.9.6", tfjs: "4.22.0" },
  seed: 7,
  dataset: { name: "phantom", labels: { 2: "core", 1: "shell" }, phantom: true },
};

export function dice(entry: string, method: CaseDice["method"], shell: number | null, core: number | null): CaseDice {
  return { case: entry, method, perClass: { shell, core } };
}

/** As {@linkcode twoSites}, with HD95: 10 mm per unit of Dice that is lacking; infinite where there is no Dice. */
export function measuredSites(): SiteReport[] {
  const apart = (dice: number | null) => dice === null ? Infinity : Math.round((1 - dice) * 100) / 10;
  return twoSites().map((one) => ({
    ...one,
    dice: one.dice.map((entry) => ({
      ...entry,
      hd95: Object.fromEntries(Object.entries(entry.perClass).map(([name, value]) => [name, apart(value)])),
    })),
  }));
}

/** What reports of today say beside the figures. */
export function facts(name: string): Partial<SiteReport> {
  return {
    caseNames: {
      training: [`${name}-1`, `${name}-2`, `${name}-3`],
      labelled: [`${name}-1`],
      probe: [`${name}-4`],
      test: ["a", "b"],
    },
    dataset: { name: "Heart", directory: `/data/${name}`, labels: { 1: "shell", 2: "core" }, phantom: false },
    startedAt: "2026-01-02T03:04:05.000Z",
    command: `deno task node --config ${name}.json`,
    seed: 7,
    version: INFO.version!,
    settings: { "rounds x steps": "2 x 9" },
    privacy: { epsilon: 1, delta: 1e-5, spentEpsilon: 2.5, totalEpsilon: 8, releases: 2 },
    weightsPrivacy: { clip: 0.5, epsilon: 3, delta: 1e-5, spentEpsilon: 7.5, totalEpsilon: 9, releases: 4 },
  };
}

export function preview(): Preview {
  return {
    case: "a",
    plane: "axial",
    slice: 3,
    width: 2,
    height: 2,
    pixelAspect: 1,
    image: Uint8Array.of(0, 80, 160, 255),
    truth: Uint8Array.of(0, 1, 2, 0),
    pretrained: Uint8Array.of(0, 1, 0, 0),
    scratch: null,
  };
}

export function site(name: string, rest: Partial<SiteReport> = {}): SiteReport {
  return {
    name,
    peerId: `12D3KooW${name}`,
    engine: { name: "wasm", threads: 1, detail: "SIMD", gflops: 40 },
    cases: { training: 8, labelled: 2, probe: 2, test: 2 },
    seconds: 200,
    peakRssBytes: 2 ** 30,
    bytes: {
      weights: { sent: 1000, received: 900 },
      embeddings: { sent: 100, received: 90 },
      control: { sent: 10, received: 9 },
    },
    plannedRounds: 2,
    members: [],
    rounds: [1, 2].map((round) => ({
      round,
      seconds: 9,
      loss: 3 / round,
      health: { meanCosine: 0.2, effectiveRank: 9, neighbourAccuracy: 0.5, chance: 0.25, collapsed: false },
      partners: ["south"],
    })),
    fineTune: { pretrained: [1, 0.5], scratch: [2, 1] },
    dice: [],
    previews: [],
    ...rest,
  };
}

/** A site without labels. */
export function unlabelled(name: string): SiteReport {
  return site(name, {
    cases: { training: 8, labelled: 0, probe: 2, test: 0 },
    fineTune: { pretrained: [], scratch: [] },
  });
}

/** Scratch: north .5, south .2. FCL: north .7, south .5; a class missing here and there. */
export function twoSites(): SiteReport[] {
  return [
    site("north", {
      dice: [
        dice("a", "scratch", 0.6, 0.2),
        dice("b", "scratch", 0.8, null),
        dice("a", "pretrained", 0.8, 0.5),
        dice("b", "pretrained", 1, null),
      ],
      previews: [preview()],
    }),
    site("south", {
      bytes: {
        weights: { sent: 2000, received: 1 },
        embeddings: { sent: 200, received: 1 },
        control: { sent: 20, received: 1 },
      },
      dice: [dice("c", "scratch", 0.3, 0.1), dice("c", "pretrained", 0.6, 0.4)],
    }),
  ];
}

export function sampleReport(info: Partial<RunInfo> = {}): RunReport {
  return aggregate(twoSites(), { ...INFO, ...info });
}

/** As {@linkcode measuredSites}, with nothing trained from scratch. */
export function sitesWithoutBaseline(): SiteReport[] {
  return measuredSites().map((one) => ({
    ...one,
    fineTune: { ...one.fineTune, scratch: [] },
    dice: one.dice.filter(({ method }) => method === "pretrained"),
    previews: one.previews.map((preview) => ({ ...preview, scratch: null })),
  }));
}
