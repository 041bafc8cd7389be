/** Whether sites have come together again. */
import type { Site } from "./_site.ts";

/** How far apart, at most, those are who agree; what they began with is 1 apart. */
const AGREED = 2e-2;

/** Whether all see each other, know the latest of each other, and agree. */
export function isWhole(sites: readonly Site[]): boolean {
  return sites.every((site) =>
    sites.every((other) => {
      if (site === other) return true;
      return site.isReady && other.isReady && site.sees(other) && site.hasLatestOf(other);
    })
  ) && spread(sites) < AGREED && sites.every(({ planning: { plan } }) => plan !== undefined) && havePlan(sites);
}

/** Whether all go by one plan; of two that do not, as a charter was amended while they planned, one must be told. */
function havePlan(sites: readonly Site[]): boolean {
  const knows = (site: Site, other: Site) =>
    site.charter !== undefined && site.planning.others.has(other.identity.peerId);
  return sites.every((site) =>
    sites.every((other) =>
      site.planning.plan?.plan === other.planning.plan?.plan || knows(site, other) || knows(other, site)
    )
  );
}

/** The largest difference of a value between two sites. */
function spread(sites: readonly Site[]): number {
  const vectors = sites.map(({ vector }) => vector);
  return Math.max(...vectors[0].map((_, j) => {
    const values = vectors.map((vector) => vector[j]);
    return Math.max(...values) - Math.min(...values);
  }));
}

export /** What they lack of it, as clauses. */
function standing(sites: readonly Site[]): string {
  const missing = sites.flatMap((site, i) =>
    sites.flatMap((other, j) => {
      if (site === other || !site.isReady) return site.isReady ? [] : [`${i} is not ready`];
      return [
        ...site.sees(other) ? [] : [`${i} does not see ${j}`],
        ...site.hasLatestOf(other) ? [] : [`${i} has not the latest of ${j}`],
      ];
    })
  );
  const plans = sites.map(({ planning: { plan } }) => plan ? `"${plan.plan}"` : "none");
  return [`their plans are ${plans.join(", ")}`, `they are ${spread(sites).toPrecision(3)} apart`, ...missing].join(
    ", ",
  );
}
