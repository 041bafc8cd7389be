/**
 * The theory of circulant mixing matrices, which all share the Fourier vectors: after rounds 1 … t the squared
 * consensus distance of independent beginnings is, in expectation, the mean over k = 1 … n − 1 of Π_s |λ_k(s)|²
 * (Parseval).
 *
 * @module
 */

/** t = 0 … rounds; `squaredEigenvalue` gives |λ_k|² of one round at the angle 2πk/n. */
export function circulantVariance(
  members: number,
  rounds: number,
  squaredEigenvalue: (angle: number, round: number) => number,
): Float64Array {
  const variance = new Float64Array(rounds + 1);
  for (let k = 1; k < members; k++) {
    let product = 1;
    for (let t = 0; t <= rounds; t++) {
      variance[t] += product / (members - 1);
      product *= squaredEigenvalue(2 * Math.PI * k / members, t);
    }
  }
  return variance;
}
