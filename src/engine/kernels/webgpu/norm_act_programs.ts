/**
 * The programs of normalisation + activation. An element is one channel of a voxel or four; a voxel has `units` of
 * them.
 *
 * @module
 */

import { elementwise, type Program, remember } from "./program.ts";
import { rowThreads, totalFunction } from "./rows.ts";

type RowElement = "f32" | "vec4<f32>";

/** WGSL: which sample, chunk of voxels and unit a thread works on. */
const place = (lanes: number) => `
  let blocks = (uniforms.units + ${lanes} - 1) / ${lanes};
  let unit = min(job % blocks * ${lanes} + thread % ${lanes}, uniforms.units - 1);
  let chunk = job / blocks % uniforms.chunks;
  let sample = job / blocks / uniforms.chunks;
  let first = chunk * uniforms.chunk;
  let end = min(first + uniforms.chunk, uniforms.voxels);`;

/** WGSL: both sums of each column, over the workgroup's rows; the first row's threads then hold them. */
const addRows = (lanes: number) => `
  sumsA[thread] = sumA;
  sumsB[thread] = sumB;
  for (var half = threads / 2; half >= ${lanes}; half /= 2) {
    workgroupBarrier();
    if (thread < half) {
      sumsA[thread] += sumsA[thread + half];
      sumsB[thread] += sumsB[thread + half];
    }
  }
  let writes = thread < ${lanes} && job % blocks * ${lanes} + thread < uniforms.units;
  let to = (sample * uniforms.chunks + chunk) * uniforms.units + unit;
  let second = uniforms.batch * uniforms.chunks * uniforms.units;`;

const rowMemory = (element: RowElement) => `
alias T = ${element};
var<workgroup> sumsA: array<T, ${rowThreads}>;
var<workgroup> sumsB: array<T, ${rowThreads}>;`;

const chunkIntegers = ["batch", "voxels", "units", "chunk", "chunks"];

/** moments [2, batch, chunks, channels]: mean and sum of squared deviations of each chunk. */
export const chunkMoments = remember((element: RowElement, lanes: number): Program => ({
  name: "normAct: moments",
  writes: { moments: element },
  reads: { x: element },
  halves: ["x"],
  integers: chunkIntegers,
  threads: rowThreads,
  declarations: rowMemory(element),
  body: `${place(lanes)}
  let shift = T(x[(sample * uniforms.voxels + first) * uniforms.units + unit]);
  var sumA = T(0);
  var sumB = T(0);
  for (var voxel = first + thread / ${lanes}; voxel < end; voxel += threads / ${lanes}) {
    let value = T(x[(sample * uniforms.voxels + voxel) * uniforms.units + unit]) - shift;
    sumA += value;
    sumB += value * value;
  }
  ${addRows(lanes)}
  if (writes) {
    let mean = sumsA[thread] / f32(end - first);
    moments[to] = shift + mean;
    moments[second + to] = sumsB[thread] - sumsA[thread] * mean;
  }`,
}));

/** statistics [2, batch, channels] from the moments; a workgroup for each sample's group of `width` channels. */
export const groupStatistics: Program = {
  name: "normAct: statistics",
  writes: { statistics: "f32" },
  reads: { moments: "f32" },
  integers: ["batch", "voxels", "channels", "width", "chunk", "chunks"],
  floats: ["epsilon"],
  threads: rowThreads,
  declarations: totalFunction(rowThreads),
  body: `
  let groups = uniforms.channels / uniforms.width;
  let sample = job / groups;
  let channel = job % groups * uniforms.width;
  let start = sample * uniforms.chunks * uniforms.channels + channel;
  let second = uniforms.batch * uniforms.chunks * uniforms.channels;
  let items = uniforms.chunks * uniforms.width;
  let all = f32(uniforms.voxels) * f32(uniforms.width);
  let shift = moments[start];
  var sum = 0.0;
  for (var i = thread; i < items; i += threads) {
    let chunk = i / uniforms.width;
    let at = start + chunk * uniforms.channels + i % uniforms.width;
    let voxels = f32(min(uniforms.chunk, uniforms.voxels - chunk * uniforms.chunk));
    sum += voxels * (moments[at] - shift);
  }
  let mean = shift + total(thread, sum) / all;
  var squares = 0.0;
  for (var i = thread; i < items; i += threads) {
    let chunk = i / uniforms.width;
    let at = start + chunk * uniforms.channels + i % uniforms.width;
    let voxels = f32(min(uniforms.chunk, uniforms.voxels - chunk * uniforms.chunk));
    let apart = moments[at] - mean;
    squares += moments[second + at] + voxels * apart * apart;
  }
  let variance = total(thread, squares) / all;
  let reciprocal = inverseSqrt(select(variance, 0.0, variance < 0.0) + uniforms.epsilon);
  for (var i = thread; i < uniforms.width; i += threads) {
    statistics[sample * uniforms.channels + channel + i] = mean;
    statistics[(uniforms.batch + sample) * uniforms.channels + channel + i] = reciprocal;
  }`,
};

const elementIntegers = ["batch", "voxels", "units"];

/** WGSL: the unit and the place of its statistics. */
const elementPlace = `
  let unit = index % uniforms.units;
  let at = index / uniforms.units / uniforms.voxels * uniforms.units + unit;
  let second = uniforms.batch * uniforms.units;`;

/** y = leaky(normalised x * gamma + beta). */
export const applyNorm = remember((element: RowElement): Program =>
  elementwise({
    name: "normAct: apply",
    writes: { y: element },
    reads: { x: element, statistics: element, gamma: element, beta: element },
    halves: ["y", "x"],
    integers: elementIntegers,
    floats: ["slope"],
    declarations: `alias T = ${element};`,
    body: `${elementPlace}
  let z = (T(x[index]) - statistics[at]) * (statistics[second + at] * gamma[unit]) + beta[unit];
  y[index] = yElement(select(z * uniforms.slope, z, z > T(0)));`,
  })
);

/** WGSL: dy behind the activation. */
const passed = `
    let z = normalised * gamma[unit] + beta[unit];
    let incoming = dy[index];
    let d = select(incoming * uniforms.slope, incoming, z > T(0));`;

/** partial [2, batch, chunks, channels]: the sums of d and of d * normalised, d being dy behind the activation. */
export const chunkGradients = remember((element: RowElement, lanes: number): Program => ({
  name: "normActGradients: sums",
  writes: { partial: element },
  reads: { dy: element, x: element, statistics: element, gamma: element, beta: element },
  halves: ["x"],
  integers: chunkIntegers,
  floats: ["slope"],
  threads: rowThreads,
  declarations: rowMemory(element),
  body: `${place(lanes)}
  let mean = statistics[sample * uniforms.units + unit];
  let reciprocal = statistics[(uniforms.batch + sample) * uniforms.units + unit];
  var sumA = T(0);
  var sumB = T(0);
  for (var voxel = first + thread / ${lanes}; voxel < end; voxel += threads / ${lanes}) {
    let index = (sample * uniforms.voxels + voxel) * uniforms.units + unit;
    let normalised = (T(x[index]) - mean) * reciprocal;
    ${passed}
    sumA += d;
    sumB += d * normalised;
  }
  ${addRows(lanes)}
  if (writes) {
    partial[to] = sumsA[thread];
    partial[second + to] = sumsB[thread];
  }`,
}));

/** sums [2, batch, channels] of the chunks' sums; a workgroup for each. */
export const totals: Program = {
  name: "normActGradients: totals",
  writes: { sums: "f32" },
  reads: { partial: "f32" },
  integers: ["chunks", "channels"],
  threads: 64,
  declarations: totalFunction(64),
  body: `
  let channel = job % uniforms.channels;
  let start = job / uniforms.channels * uniforms.chunks * uniforms.channels + channel;
  var sum = 0.0;
  for (var chunk = thread; chunk < uniforms.chunks; chunk += threads) {
    sum += partial[start + chunk * uniforms.channels];
  }
  let all = total(thread, sum);
  if (thread == 0) { sums[job] = all; }`,
};

/** For each channel dGamma, dBeta, and of its group the means that dx needs: means [2, batch, channels]. */
export const coefficients: Program = elementwise({
  name: "normActGradients: coefficients",
  writes: { dGamma: "f32", dBeta: "f32", means: "f32" },
  reads: { sums: "f32", gamma: "f32" },
  integers: ["batch", "voxels", "width"],
  body: `
  let channels = uniforms.count;
  let second = uniforms.batch * channels;
  let group = index / uniforms.width * uniforms.width;
  let all = f32(uniforms.voxels) * f32(uniforms.width);
  var ofGamma = 0.0;
  var ofBeta = 0.0;
  for (var sample = 0; sample < uniforms.batch; sample++) {
    ofBeta += sums[sample * channels + index];
    ofGamma += sums[second + sample * channels + index];
    var shift = 0.0;
    var lean = 0.0;
    for (var i = 0; i < uniforms.width; i++) {
      let at = sample * channels + group + i;
      shift += gamma[group + i] * sums[at];
      lean += gamma[group + i] * sums[second + at];
    }
    means[sample * channels + index] = shift / all;
    means[second + sample * channels + index] = lean / all;
  }
  dGamma[index] = ofGamma;
  dBeta[index] = ofBeta;`,
});

/** dx = (gamma * d - shift - normalised * lean) / deviation. */
export const applyGradient = remember((element: RowElement): Program =>
  elementwise({
    name: "normActGradients: apply",
    writes: { dx: element },
    reads: { dy: element, x: element, statistics: element, means: element, gamma: element, beta: element },
    halves: ["x"],
    integers: elementIntegers,
    floats: ["slope"],
    declarations: `alias T = ${element};`,
    body: `${elementPlace}
    let reciprocal = statistics[second + at];
    let normalised = (T(x[index]) - statistics[at]) * reciprocal;
    ${passed}
    dx[index] = (d * gamma[unit] - means[at] - normalised * means[second + at]) * reciprocal;`,
  })
);
