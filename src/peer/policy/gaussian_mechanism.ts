/**
 * Gaussian noise for differential privacy, calibrated and accounted for by one rule: zero-concentrated differential
 * privacy (zCDP; Bun and Steinke 2016, "Concentrated differential privacy: simplifications, extensions, and lower
 * bounds", arXiv 1605.02065), which holds for every epsilon, where the classical calibration holds below 1 only.
 *
 * The theorems are about real numbers: what the low bits of rounded noise may give away (Mironov 2012) they do not
 * cover.
 *
 * @module
 */

/** (ε, δ): what an observer may learn of one embedding, and with what probability it may learn more. */
export interface PrivacyLevel {
  /** Above 0. */
  readonly epsilon: number;
  /** Between 0 and 1. */
  readonly delta: number;
}

/** The largest ρ for which ρ-zCDP gives (ε, δ) by proposition 1.3: the root of ρ + 2·√(ρ·ln(1/δ)) = ε. */
export function rhoFor({ epsilon, delta }: PrivacyLevel): number {
  const log = Math.log(1 / delta);
  // √(ε + ln 1/δ) − √(ln 1/δ), without its cancellation
  return (epsilon / (Math.sqrt(epsilon + log) + Math.sqrt(log))) ** 2;
}

/**
 * The ε that ρ-zCDP gives at `delta` (proposition 1.3). Over releases, later ones made in view of earlier ones too, ρ
 * adds up (lemma 2.3).
 */
export function epsilonOf(rho: number, delta: number): number {
  return rho + 2 * Math.sqrt(rho * Math.log(1 / delta));
}

/**
 * The standard deviation of the noise on each value that makes a release of L2 sensitivity `sensitivity` ρ-zCDP
 * (proposition 1.6): Δ / √(2·ρ).
 */
export function noiseDeviation(rho: number, sensitivity: number): number {
  return sensitivity / Math.sqrt(2 * rho);
}

/**
 * Normal numbers from the system's cryptographic generator (Box-Muller): a seed that leaks must not take the noise
 * away.
 */
export function secureNormals(count: number): Float64Array {
  const normals = new Float64Array(count);
  const words = new Uint32Array(16_384); // the most that one call fills
  let next = words.length;
  const uniform = () => { // 53 bits, in (0, 1]
    if (next >= words.length) {
      crypto.getRandomValues(words);
      next = 0;
    }
    const high = words[next++] >>> 5, low = words[next++] >>> 6;
    return (high * 2 ** 26 + low + 1) / 2 ** 53;
  };
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    normals[i] = radius * Math.cos(angle);
    if (i + 1 < count) normals[i + 1] = radius * Math.sin(angle);
  }
  return normals;
}
