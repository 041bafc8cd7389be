/** How a sum comes to nothing. */

/** Nothing came of a sum, at this peer or any: its state is as it was. */
export class VoidSumError extends Error {
  override name = "VoidSumError";
}
