/** Processes of peers. */
import type { Identity } from "../../src/mesh/envelope/identity.ts";
import { newPlace, type Place } from "../../src/mesh/protocols/place.ts";

/** A process of `identity`'s, started at `epoch`. */
export function placeOf(identity: Identity, { consortium = "test", epoch = 1 } = {}): Promise<Place> {
  return newPlace(identity, consortium, epoch);
}
