// Winograd's F(4x4, 3x3) over height and width, with the kernel's depth summed directly: of 16 outputs a kernel plane
// costs 36 products where the definition has 144.
//
// A tile is 4 x 4 outputs of one plane. Its 6 x 6 inputs (one voxel more all around) become 36 "points", each a row of
// `channels` floats; point p of all tiles is a matrix [plane][tile row][tile][channels], `pointStep` bytes from that of
// point p + 1. Per point, the products over channels and kernel depths are one matrix product: the plane kernelDepth
// further is the matrix some rows further down, so the depths are taken in one sum.
//
// Channels must be multiples of 4.

import { OUTPUTS, POINTS } from "./_winograd";
import { winogradInput, winogradOutput } from "./winograd_transforms";
import { multiplyPoint } from "./winograd_product";

/** Bytes between the matrices of points: a line more than they need, or all would fall into the same few cache sets. */
// @ts-ignore: decorator
@inline
function pointStepOf(rows: i32, channels: i32): usize {
  return ((<usize> rows * <usize> channels << 2) + 127) & ~63;
}

/**
 * A block of a convolution: `planes` planes from `firstPlane` on x `tileRows` rows of tiles from `firstTileRow` on, of
 * the sample x and y [depth, height, width, channels].
 */
function convolveBlock(
  x: usize,
  depth: i32,
  height: i32,
  width: i32,
  channelsIn: i32,
  channelsOut: i32,
  kernelDepth: i32,
  before: i32,
  filter: usize,
  filterStep: usize,
  y: usize,
  firstPlane: i32,
  planes: i32,
  planesAtOnce: i32,
  firstTileRow: i32,
  tileRows: i32,
  work: usize,
): void {
  const tiles = (width + OUTPUTS - 1) / OUTPUTS;
  const rows = tiles * tileRows; // of one plane
  const inPlanes = planes + kernelDepth - 1;
  const inStep = pointStepOf(inPlanes * rows, channelsIn);
  const outStep = pointStepOf(planesAtOnce * rows, channelsOut);
  const inBytes = <usize> channelsIn << 2;
  const outBytes = <usize> channelsOut << 2;
  const inputs = work;
  const outputs = inputs + inStep * (POINTS * POINTS);
  const rest = outputs + outStep * (POINTS * POINTS);
  winogradInput(
    x,
    depth,
    height,
    width,
    channelsIn,
    firstPlane - before,
    inPlanes,
    firstTileRow,
    tileRows,
    inputs,
    inStep,
    rest,
  );
  for (let plane = 0; plane < planes; plane += planesAtOnce) {
    const count = min(planesAtOnce, planes - plane);
    for (let point = 0; point < POINTS * POINTS; point++) {
      multiplyPoint(
        inputs + inStep * <usize> point + <usize> (plane * rows) * inBytes,
        <usize> rows * inBytes,
        kernelDepth,
        count * rows,
        channelsIn,
        filter + filterStep * <usize> point,
        outputs + outStep * <usize> point,
        channelsOut,
        rest,
      );
    }
    winogradOutput(
      outputs,
      outStep,
      count,
      height,
      width,
      channelsOut,
      firstTileRow,
      tileRows,
      y + <usize> (firstPlane + plane) * <usize> height * <usize> width * outBytes,
      rest,
    );
  }
}

/**
 * `blocks` blocks of a convolution from `firstBlock` on: each `blockPlanes` planes x `blockTileRows` rows of tiles, or
 * what is left of a sample; rows are counted first, then planes, then samples. x and y are [batch, depth, height,
 * width, channels]; the first plane of y sees `before` planes before the first of x. `filter` is what winogradFilter
 * gives. `work` holds the points of blockPlanes + kernelDepth - 1 planes of x, those of `planesAtOnce` planes of y, and
 * what the transforms and the products want, one after the other.
 */
export function winogradConvolve(
  x: usize,
  depth: i32,
  height: i32,
  width: i32,
  channelsIn: i32,
  channelsOut: i32,
  kernelDepth: i32,
  before: i32,
  filter: usize,
  filterStep: usize,
  y: usize,
  blockPlanes: i32,
  planesAtOnce: i32,
  blockTileRows: i32,
  firstBlock: i32,
  blocks: i32,
  work: usize,
): void {
  const allTileRows = (height + OUTPUTS - 1) / OUTPUTS;
  const across = (allTileRows + blockTileRows - 1) / blockTileRows;
  const along = (depth + blockPlanes - 1) / blockPlanes;
  const voxels = <usize> depth * <usize> height * <usize> width;
  for (let block = firstBlock; block < firstBlock + blocks; block++) {
    const sample = block / (across * along);
    const plane = (block / across) % along * blockPlanes;
    const tileRow = block % across * blockTileRows;
    convolveBlock(
      x + <usize> sample * voxels * (<usize> channelsIn << 2),
      depth,
      height,
      width,
      channelsIn,
      channelsOut,
      kernelDepth,
      before,
      filter,
      filterStep,
      y + <usize> sample * voxels * (<usize> channelsOut << 2),
      plane,
      min(blockPlanes, depth - plane),
      planesAtOnce,
      tileRow,
      min(blockTileRows, allTileRows - tileRow),
      work,
    );
  }
}
