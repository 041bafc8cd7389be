/**
 * NT-Xent, the contrastive loss of pairs (SimCLR, arXiv 2002.05709, equation 1).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { contrastiveLoss, LEFT_OUT } from "./losses.ts";

/**
 * NT-Xent (equation 1), the mean over all 2N rows of
 *
 *     l(i, j) = -log[ exp(z_i.z_j/t) / sum over k != i of exp(z_i.z_k/t) ],    j the other view of i
 *
 * @param z [2N, dimension], rows of norm 1: the first view of N things (patches, places), then the second.
 */
export function ntXent(z: tf.Tensor2D, temperature: number): tf.Scalar {
  const rows = z.shape[0];
  const weights = new Float32Array(rows * rows), penalties = new Float32Array(rows * rows);
  for (let row = 0; row < rows; row++) {
    const other = (row + rows / 2) % rows;
    weights[row * rows + other] = 1;
    penalties[row * rows + other] = LEFT_OUT; // the positive stands apart from the negatives, see `contrastiveLoss`
    penalties[row * rows + row] = LEFT_OUT;
  }
  const shape: [number, number] = [rows, rows];
  return contrastiveLoss(similarities(z, temperature), tf.tensor2d(weights, shape), tf.tensor2d(penalties, shape));
}

/** z_i.z_k/t, [rows, rows]; the gradient reaches both sides. */
function similarities(z: tf.Tensor2D, temperature: number): tf.Tensor2D {
  const product = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([z]);
    return {
      value: z.matMul(z.transpose<tf.Tensor2D>()).div(temperature),
      gradFunc: (dy: tf.Tensor, [z]: tf.Tensor[]) => {
        const both = dy.add(dy.transpose()) as tf.Tensor2D; // [rows, rows]
        return both.matMul(z as tf.Tensor2D).div(temperature); // [rows, dimension]
      },
    };
  });
  return product(z) as tf.Tensor2D;
}
