/**
 * Which sites of an evaluation have labels, and which are tested on whose cases.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rolesOf, tunedAlone } from "./roles.ts";
 *
 * const roles = rolesOf({ tested: 4, labelledSites: [2], testedOn: "all" }, { sites: 10, where: "protocol.json" });
 * assertEquals(roles, { labelled: [1], tested: [0, 1, 2, 3], testedOn: "all" });
 * assertEquals(tunedAlone(roles), [1]);
 * ```
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { ProtocolSplit } from "../protocol/types.ts";

/** Sites by their places in a fold, from 0, ascending. */
export interface SiteRoles {
  /** Have labels. */
  readonly labelled: readonly number[];
  /** Their networks are tested, or, where `testedOn` is "all", each network on their cases. */
  readonly tested: readonly number[];
  /** On whose cases a network is tested that a site has fine-tuned alone. */
  readonly testedOn: "own" | "all";
}

/** What a protocol says of them. */
export type RoleSettings = Pick<ProtocolSplit, "tested" | "testedSites" | "labelledSites" | "testedOn">;

/** The roles. @throws {UserError} if a list is empty or names a site that is not there, or one twice. */
export function rolesOf(
  { tested, testedSites, labelledSites, testedOn = "own" }: RoleSettings,
  { sites, where }: { sites: number; where: string },
): SiteRoles {
  const all = Array.from({ length: sites }, (_, index) => index);
  const named = (field: string, places: readonly number[]) => {
    const isGood = places.length > 0 && new Set(places).size === places.length && places.every((one) => one <= sites);
    if (isGood) return places.map((place) => place - 1).sort((a, b) => a - b);
    throw new UserError(`reading the protocol: it must name some of the ${sites} sites, each once, from 1`, {
      where: `${where}, field "split.${field}"`,
      value: JSON.stringify(places),
    });
  };
  return Object.freeze({
    labelled: labelledSites === undefined ? all : named("labelledSites", labelledSites),
    tested: testedSites === undefined ? all.slice(0, tested) : named("testedSites", testedSites),
    testedOn,
  });
}

/** The sites that are fine-tuned where each does it alone: those with labels, tested on their own cases or on all. */
export function tunedAlone({ labelled, tested, testedOn }: SiteRoles): number[] {
  return labelled.filter((site) => testedOn === "all" || tested.includes(site));
}

/** The site of whose network a site without labels makes use while it trains none: one with labels, dealt out in turn. */
export function followedBy(site: number, { labelled }: Pick<SiteRoles, "labelled">): number {
  return labelled.includes(site) ? site : labelled[site % labelled.length];
}
