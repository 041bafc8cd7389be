/**
 * The suites that every engine must pass, what is worth most first: the check runs them on a card, and a bundle carries
 * them.
 *
 * @module
 */

/** Files, relative to the project: that all engines come to the same, and what each must compute. */
export const suites: readonly string[] = Object.freeze([
  "tests/engine/agreement_test.ts",
  "tests/engine/ops/contract_test.ts",
  "tests/engine/optimiser_test.ts",
  "tests/engine/ops/stock_ops_test.ts",
]);
