/**
 * What holds where a configuration, or a protocol, says nothing; what the demo starts from, too.
 *
 * @module
 */

const NETWORK = Object.freeze({ baseFilters: 8, levels: 3, norm: "instance" });

const FINE_TUNING = Object.freeze({
  rounds: 10,
  batch: 2,
  learningRate: 1e-2,
  encoderRate: 0.1,
  warmUpSteps: 0,
  balance: 0.5,
});

/** A peer's, and the demo's: what two cores can do in five minutes. */
export const PEER_DEFAULTS = Object.freeze(
  {
    seed: 1,
    labelled: 1,
    network: NETWORK,
    schedule: Object.freeze({ rounds: 14, stepsPerRound: 30, exchanges: 2 }),
    fineTuning: Object.freeze({ ...FINE_TUNING, steps: 150 }),
  } as const,
);

/** A protocol's: an evaluation takes longer. */
export const PROTOCOL_DEFAULTS = Object.freeze(
  {
    network: NETWORK,
    schedule: Object.freeze({ rounds: 20, stepsPerRound: 30, exchanges: 2 }),
    fineTuning: Object.freeze({ ...FINE_TUNING, steps: 200 }),
  } as const,
);
