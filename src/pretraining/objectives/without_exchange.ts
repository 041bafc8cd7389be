/** What an objective is that neither gives nor takes features. */
import type { NamedVector } from "../../core/vectors.ts";
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";

/** @throws {RangeError} if there is any feature: one site's objective uses them, the other's does not. */
export function refuseFeatures({ peer, partitions }: RemoteFeatures): number {
  if (partitions.length === 0) return 0;
  throw new RangeError(
    `features of ${peer}: this objective exchanges none, so there must be no row, got ${partitions.length}`,
  );
}

/** The parts of an objective that deal with other sites' features and with a queue, for those that have neither. */
export abstract class WithoutExchange {
  /** Refuses features. */
  admit(remote: RemoteFeatures): number {
    return refuseFeatures(remote);
  }

  /** There are none to forget. */
  expire(): string[] {
    return [];
  }

  /** There is nothing on a card alone. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** There are none to give. */
  release(): FeatureSet {
    return { features: new Float32Array(0), partitions: new Int32Array(0) };
  }

  /** There is no state beside the variables. */
  save(): NamedVector[] {
    return [];
  }

  /** Likewise. */
  load(_vectors: readonly NamedVector[]): void {}
}
