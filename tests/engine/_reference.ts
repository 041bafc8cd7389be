/**
 * The 3D ops and their gradients in float64 and plain loops, as close to their definitions as can be: what every engine
 * is compared with.
 *
 * @module
 */
import type { Triple } from "../../src/core/triple.ts";

/** A dense array of float64. */
export interface Reference {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The product of `shape`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** An array of zeros. */
export function zeros(shape: readonly number[]): Reference {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/** Values in [-1, 1) that depend on `seed` alone, exactly representable in float32. */
export function noise(shape: readonly number[], seed: number): Reference {
  const result = zeros(shape);
  let state = (seed * 2654435761) >>> 0;
  for (let i = 0; i < result.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    result.data[i] = Math.fround((state >>> 8) / 2 ** 23 - 1);
  }
  return result;
}

/** Visits every connection of a "same" convolution: indices into x, filter and y. */
function connections(
  x: readonly number[],
  filter: readonly number[],
  strides: Triple,
  visit: (x: number, filter: number, y: number) => void,
): number[] {
  const [batch, , , , channels] = x;
  const out = filter[4];
  const outputs = [0, 1, 2].map((axis) => Math.ceil(x[axis + 1] / strides[axis]));
  const before = [0, 1, 2].map((axis) =>
    Math.floor(Math.max(0, (outputs[axis] - 1) * strides[axis] + filter[axis] - x[axis + 1]) / 2)
  );
  for (let n = 0; n < batch; n++) {
    for (let d = 0; d < outputs[0]; d++) {
      for (let h = 0; h < outputs[1]; h++) {
        for (let w = 0; w < outputs[2]; w++) {
          for (let i = 0; i < filter[0]; i++) {
            for (let j = 0; j < filter[1]; j++) {
              for (let k = 0; k < filter[2]; k++) {
                const at = [
                  d * strides[0] + i - before[0],
                  h * strides[1] + j - before[1],
                  w * strides[2] + k - before[2],
                ];
                if (at.some((position, axis) => position < 0 || position >= x[axis + 1])) continue;
                for (let c = 0; c < channels; c++) {
                  for (let o = 0; o < out; o++) {
                    visit(
                      (((n * x[1] + at[0]) * x[2] + at[1]) * x[3] + at[2]) * channels + c,
                      (((i * filter[1] + j) * filter[2] + k) * channels + c) * out + o,
                      (((n * outputs[0] + d) * outputs[1] + h) * outputs[2] + w) * out + o,
                    );
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return [batch, ...outputs, out];
}

/** "same" convolution: y. */
export function conv3d(x: Reference, filter: Reference, strides: Triple): Reference {
  const outputs = [0, 1, 2].map((axis) => Math.ceil(x.shape[axis + 1] / strides[axis]));
  const y = zeros([x.shape[0], ...outputs, filter.shape[4]]);
  connections(x.shape, filter.shape, strides, (a, b, c) => y.data[c] += x.data[a] * filter.data[b]);
  return y;
}

/** "same" convolution: the gradients of x and filter. */
export function conv3dGradients(x: Reference, filter: Reference, strides: Triple, dy: Reference): Reference[] {
  const dx = zeros(x.shape);
  const dFilter = zeros(filter.shape);
  connections(x.shape, filter.shape, strides, (a, b, c) => {
    dx.data[a] += dy.data[c] * filter.data[b];
    dFilter.data[b] += dy.data[c] * x.data[a];
  });
  return [dx, dFilter];
}

/** Settings of {@linkcode normAct}. */
export interface NormActSettings {
  readonly groups: number;
  readonly epsilon: number;
  readonly slope: number;
}

/** Group normalisation, affine map, leaky ReLU, and the gradients for `dy`: [y, dx, dGamma, dBeta]. */
export function normAct(
  x: Reference,
  gamma: Reference,
  beta: Reference,
  { groups, epsilon, slope }: NormActSettings,
  dy: Reference,
): Reference[] {
  const [batch, channels] = [x.shape[0], x.shape[4]];
  const voxels = sizeOf(x.shape) / batch / channels;
  const width = channels / groups;
  const [y, dx, dGamma, dBeta] = [zeros(x.shape), zeros(x.shape), zeros(gamma.shape), zeros(beta.shape)];
  for (let n = 0; n < batch; n++) {
    for (let group = 0; group < groups; group++) {
      const places: number[] = [];
      for (let v = 0; v < voxels; v++) {
        for (let c = 0; c < width; c++) places.push((n * voxels + v) * channels + group * width + c);
      }
      const mean = places.reduce((sum, i) => sum + x.data[i], 0) / places.length;
      const variance = places.reduce((sum, i) => sum + (x.data[i] - mean) ** 2, 0) / places.length;
      const scale = 1 / Math.sqrt(variance + epsilon);
      let [shift, lean] = [0, 0];
      for (const i of places) {
        const c = i % channels;
        const normalised = (x.data[i] - mean) * scale;
        const z = gamma.data[c] * normalised + beta.data[c];
        y.data[i] = z > 0 ? z : slope * z;
        const d = z > 0 ? dy.data[i] : slope * dy.data[i];
        dGamma.data[c] += d * normalised;
        dBeta.data[c] += d;
        shift += d * gamma.data[c] / places.length;
        lean += d * gamma.data[c] * normalised / places.length;
      }
      for (const i of places) {
        const c = i % channels;
        const normalised = (x.data[i] - mean) * scale;
        const d = gamma.data[c] * normalised + beta.data[c] > 0 ? dy.data[i] : slope * dy.data[i];
        dx.data[i] = scale * (d * gamma.data[c] - shift - normalised * lean);
      }
    }
  }
  return [y, dx, dGamma, dBeta];
}

/** Max pooling with stride = window, and the gradient for `dy` where given: [y, dx]. */
export function maxPool3d(x: Reference, window: Triple, dy?: Reference): Reference[] {
  const [batch, depth, height, width, channels] = x.shape;
  const outputs = [depth, height, width].map((extent, axis) => Math.floor(extent / window[axis]));
  const y = zeros([batch, ...outputs, channels]);
  const dx = zeros(x.shape);
  for (let to = 0; to < y.data.length; to++) {
    const [n, d, h, w, c] = unravel(to, y.shape);
    let best = -Infinity;
    let place = -1;
    for (let i = 0; i < window[0]; i++) {
      for (let j = 0; j < window[1]; j++) {
        for (let k = 0; k < window[2]; k++) {
          const from = ravel([n, d * window[0] + i, h * window[1] + j, w * window[2] + k, c], x.shape);
          if (x.data[from] > best) [best, place] = [x.data[from], from];
        }
      }
    }
    y.data[to] = best;
    if (dy) dx.data[place] += dy.data[to];
  }
  return [y, dx];
}

/** Nearest upsampling: y. */
export function upsample3d(x: Reference, factor: Triple): Reference {
  const [batch, depth, height, width, channels] = x.shape;
  const y = zeros([batch, depth * factor[0], height * factor[1], width * factor[2], channels]);
  for (let to = 0; to < y.data.length; to++) y.data[to] = x.data[upsampleSource(to, y.shape, x.shape, factor)];
  return y;
}

/** Nearest upsampling: the gradient of x. */
export function upsample3dGradient(dy: Reference, shape: readonly number[], factor: Triple): Reference {
  const dx = zeros(shape);
  for (let from = 0; from < dy.data.length; from++) {
    dx.data[upsampleSource(from, dy.shape, shape, factor)] += dy.data[from];
  }
  return dx;
}

function upsampleSource(index: number, from: readonly number[], to: readonly number[], factor: Triple): number {
  const [n, d, h, w, c] = unravel(index, from);
  return ravel([n, Math.floor(d / factor[0]), Math.floor(h / factor[1]), Math.floor(w / factor[2]), c], to);
}

/** The indices along each axis of a place in a row-major array. */
export function unravel(index: number, shape: readonly number[]): number[] {
  const indices = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices[axis] = index % shape[axis];
    index = Math.floor(index / shape[axis]);
  }
  return indices;
}

/** The inverse of {@linkcode unravel}. */
export function ravel(indices: readonly number[], shape: readonly number[]): number {
  return indices.reduce((index, position, axis) => index * shape[axis] + position, 0);
}

/**
 * The gradient of sum(f(x) * dy) with respect to x by central differences: for ops whose gradient nobody wants to write
 * twice. `f` must compute in float64.
 */
export function numericGradient(f: (x: Float64Array) => Float64Array, x: Float64Array, dy: Float64Array): Float64Array {
  const step = 1e-5;
  const loss = (at: Float64Array) => f(at).reduce((sum, value, i) => sum + value * dy[i], 0);
  return x.map((value, i) => {
    const moved = x.slice();
    moved[i] = value + step;
    const above = loss(moved);
    moved[i] = value - step;
    return (above - loss(moved)) / (2 * step);
  });
}
