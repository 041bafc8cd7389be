/**
 * Gradients that free memory on the way back.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

/**
 * What `tf.variableGrads` gives, at about half of its memory. tfjs keeps what the forward pass saved and the gradient of
 * every intermediate result until the last gradient is known; here each goes as soon as the way back has passed it.
 *
 * @param loss must not use tensors from an enclosing gradient: second derivatives need what is freed here.
 * @param variables with respect to which; one that the loss does not depend on has no entry in `grads`.
 * @returns the loss, and gradients by the variables' own names
 */
export function variableGrads(
  loss: () => tf.Scalar,
  variables: tf.Variable[],
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  return tf.variableGrads(() => {
    const value = loss();
    freeOnTheWay(tf.engine().state.activeTape);
    return value;
  }, variables);
}

/** An op that was recorded, as far as its memory is concerned; see `TapeNode` in tfjs-core's tape.ts. */
interface Recorded {
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
  saved?: tf.Tensor[];
}

/**
 * Lets each op free the incoming gradients and saved tensors of the op before it on the way back, which has passed its own
 * gradients on by then.
 */
function freeOnTheWay(tape: readonly Recorded[]): void {
  let passed: tf.Tensor[] = [];
  for (const op of tape) {
    const { gradient, saved = [] } = op;
    if (!gradient) continue;
    op.gradient = (dys) => {
      tf.dispose(passed);
      const incoming = dys.filter((dy) => dy !== null); // null: an output that the loss does not depend on
      passed = [...incoming, ...saved];
      const outgoing = gradient(dys);
      return Object.fromEntries(
        Object.entries(outgoing).map(([name, compute]) => [name, () => {
          const dx = compute();
          return incoming.includes(dx) ? tf.clone(dx) : dx; // it must outlive the incoming gradient
        }]),
      );
    };
  }
}
