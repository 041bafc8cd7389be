/**
 * Follows each share of push-sum from who gives it: it must come to be in one place, as a receiver's or back at its
 * giver, and never in two. What takes up or lays down weight without anybody giving it is noted, for the sums.
 *
 * @module
 */
import { OneWayState } from "../../../src/mesh/averaging/one_way/state.ts";
import type { Share } from "../../../src/mesh/averaging/one_way/push_sum.ts";
import type { State } from "../../../src/mesh/averaging/state.ts";
import type { Check } from "./_sums.ts";
import type { Process } from "./_virtual_world.ts";

/** A place where a share was taken in, or from which it was given. */
interface Place {
  site: number;
  process: Process;
}

interface Followed {
  from: Place;
  /** Where it was added, at its giver or elsewhere. */
  added: Place[];
}

/** What all sites of a run hold of all masses, as far as it is not a matter of giving and taking. */
export class Shares {
  /** By weight and values; some have the same, as once all agree. */
  readonly #shares = new Map<string, Followed[]>();
  /** Added without having been given: as it came, or for less than it was. */
  readonly #unknown: Place[] = [];
  /** Weight, and by place of the vector weight times value, that nobody gave. */
  readonly made: { weight: number; sums: number[] } = { weight: 0, sums: [] };

  /** From now on all that `state`, a site's over one-way links, gives and takes is seen. */
  follow(state: State | undefined, place: Place): void {
    if (!(state instanceof OneWayState)) return;
    const { push, receive, renew, holdAtMost } = OneWayState.prototype;
    const reweighed = (work: () => void) => {
      const { weight, vector } = state.snapshot();
      work();
      const more = state.weight - weight!;
      if (more === 0) return;
      this.made.weight += more;
      for (const [j, value] of vector.entries()) this.made.sums[j] = (this.made.sums[j] ?? 0) + more * value;
    };
    Object.assign(state, {
      push: (...args: Parameters<OneWayState["push"]>) => {
        const share = push.apply(state, args);
        const name = nameOf(share);
        this.#shares.set(name, [...this.#shares.get(name) ?? [], { from: place, added: [] }]);
        return share;
      },
      receive: (share: Share) => {
        receive.call(state, share);
        const alike = this.#shares.get(nameOf(share)) ?? [];
        const followed = alike.find(({ added }) => added.length === 0) ?? alike.at(-1);
        if (followed) followed.added.push(place);
        else this.#unknown.push(place);
      },
      renew: () => reweighed(() => renew.call(state)),
      holdAtMost: (most: number) => reweighed(() => holdAtMost.call(state, most)),
    });
  }

  /**
   * @param options.honest the numbers of those that do not lie
   * @param options.isWhole whether all are honest, and nothing took away what a site had
   */
  check(check: Check, { honest, isWhole }: { honest: ReadonlySet<number>; isWhole: boolean }): void {
    for (const { from, added } of [...this.#shares.values()].flat()) {
      if (!honest.has(from.site) || added.some(({ site }) => !honest.has(site))) continue;
      // what was added in a life that is over may have gone with it
      const lasting = added.filter(({ process }) => process.isAlive).map(({ process }) => process.name);
      check(`a share of ${from.process.name} was added in ${lasting.join(" and ")}`, lasting.length <= 1);
      if (isWhole) check(`a share of ${from.process.name} is lost`, added.length > 0);
    }
    if (!isWhole || this.made.weight !== 0) return;
    for (const { process } of this.#unknown) check(`${process.name} has added what nobody gave`, false);
  }
}

/** Shares have no names of their own where they arrive. */
function nameOf({ weight, numerator }: Share): string {
  return `${weight} ${numerator.join(" ")}`;
}
