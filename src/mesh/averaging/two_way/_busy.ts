/** Partners that are busy again and again. */

/** Steps in a row in which a partner was busy whenever it was asked, after which others are asked in its place. */
const PATIENCE = 3;

/** Remembers who was busy, step by step. */
export class BusyPartners {
  readonly #steps = new Map<string, number>();
  readonly #now = new Set<string>();

  /** `peer` was asked in this step and is busy. */
  note(peer: string): void {
    this.#now.add(peer);
  }

  /** Whether others are to be asked before it, and nothing is waited for on its behalf. */
  isPassedOver(peer: string): boolean {
    return (this.#steps.get(peer) ?? 0) >= PATIENCE;
  }

  /** A step ends in which `met` were averaged with. @returns those who are passed over from now on. */
  endStep(met: readonly string[]): string[] {
    for (const peer of met) this.#steps.delete(peer);
    const busy = [...this.#now].filter((peer) => !met.includes(peer));
    this.#now.clear();
    for (const peer of busy) this.#steps.set(peer, (this.#steps.get(peer) ?? 0) + 1);
    return busy.filter((peer) => this.#steps.get(peer) === PATIENCE);
  }
}
