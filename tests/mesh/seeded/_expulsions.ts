/**
 * What a charter asks of the sites: all come to its newest version, and whoever it expels is averaged with by nobody
 * who goes by it.
 */
import type { CharterPlan } from "./_charter_plan.ts";
import type { Site } from "./_site.ts";
import type { Check } from "./_sums.ts";

/** Follows who goes by which version. */
export class Expulsions {
  readonly #plan: CharterPlan | undefined;
  readonly #sites: readonly Site[];
  /** What each expelled site had contributed when the last of the others came to know. */
  readonly #bounds = new Map<Site, number>();

  constructor(sites: readonly Site[], plan: CharterPlan | undefined) {
    this.#sites = sites;
    this.#plan = plan;
  }

  /** Those whom the newest version names; without a charter, all. */
  get staying(): Site[] {
    const newest = this.#plan?.members.at(-1);
    return this.#sites.filter((_, i) => newest?.includes(i) ?? true);
  }

  /** Whether all who stay go by the newest version. */
  get areKnown(): boolean {
    const { members } = this.#plan ?? {};
    return members === undefined || this.staying.every(({ charter }) => charter?.version === members.length);
  }

  /** A site goes by another version. */
  changed(): void {
    const { staying, areKnown } = this;
    for (const site of this.#sites) {
      if (staying.includes(site)) continue;
      if (!areKnown) this.#bounds.delete(site);
      else if (!this.#bounds.has(site)) this.#bounds.set(site, site.training.everContributed);
    }
  }

  /** @param rounding by how much a value may differ; undefined: what broke off may have moved it by more */
  check(check: Check, { place, rounding }: {
    /** Where a vector has what `site` has contributed. */
    place: (site: Site) => number;
    rounding: number | undefined;
  }): void {
    for (const site of this.staying) {
      const { name } = site.machine;
      check(`${name} goes by version ${site.charter?.version} of the charter`, this.areKnown);
      check(
        `${name} has averaged with ${site.notes.strangers.join(", ")}, expelled before`,
        site.notes.strangers.length === 0,
      );
      for (const [expelled, bound] of this.#bounds) {
        check(`${name} is connected to ${expelled.machine.name}, which is expelled`, !site.isConnectedTo(expelled));
        const holds = site.vector[place(expelled)];
        check(
          `${name} holds ${holds} of what ${expelled.machine.name} has contributed, which was ${bound} when it was expelled`,
          rounding === undefined || holds <= bound + rounding,
        );
      }
    }
  }
}
