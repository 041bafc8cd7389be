// The loop over planes that direct convolutions share: zero-padded planes of the input in a small ring, and a table of
// where each tap begins. A "tap" is one kernel depth and height, which reads kernelWidth * channels consecutive floats.

/** How the input of a convolution is walked: 18 int32, as `_convolve.ts` writes them. */
// @ts-ignore: decorator
@unmanaged
export class Walk {
  /** Extents of the input, and its channels. */
  depth: i32;
  height: i32;
  width: i32;
  channels: i32;
  /** Extents of the output. */
  outDepth: i32;
  outHeight: i32;
  outWidth: i32;
  kernelDepth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideDepth: i32;
  strideHeight: i32;
  strideWidth: i32;
  /** Zeros before the input along each axis; below 0, input that is skipped. */
  beforeDepth: i32;
  beforeHeight: i32;
  beforeWidth: i32;
  /** Extents of a padded plane; 0 if the input is read where it lies. */
  paddedHeight: i32;
  paddedWidth: i32;

  // @ts-ignore: decorator
  @inline
  get voxelBytes(): usize {
    return <usize> this.channels << 2;
  }

  // @ts-ignore: decorator
  @inline
  get paddedBytes(): usize {
    return <usize> (this.paddedHeight * this.paddedWidth) * this.voxelBytes;
  }

  /** Bytes from what one output row reads to what the next one does. */
  // @ts-ignore: decorator
  @inline
  get rowStep(): usize {
    const width = this.paddedHeight == 0 ? this.width : this.paddedWidth;
    return <usize> (this.strideHeight * width) * this.voxelBytes;
  }

  /** Bytes from what one output column reads to what the next one does. */
  // @ts-ignore: decorator
  @inline
  get columnStep(): usize {
    return <usize> this.strideWidth * this.voxelBytes;
  }

  /** Floats of a tap. */
  // @ts-ignore: decorator
  @inline
  get run(): i32 {
    return this.kernelWidth * this.channels;
  }

  /** The first kernel depth that lies inside the volume, for output plane `plane` of a sample. */
  // @ts-ignore: decorator
  @inline
  firstKernelDepth(plane: i32): i32 {
    return min(this.kernelDepth, max(0, this.beforeDepth - plane * this.strideDepth));
  }
}

/**
 * A ring of kernelDepth padded planes, behind it the table of taps, behind that which plane of the input each slot
 * holds; all of it in a call's own scratch memory.
 */
// @ts-ignore: decorator
@inline
export function tableOf(walk: Walk, work: usize): usize {
  return work + walk.paddedBytes * <usize> walk.kernelDepth;
}

/** Makes the scratch memory ready. */
export function beginPlanes(walk: Walk, work: usize): void {
  const table = tableOf(walk, work);
  memory.fill(work, 0, table - work); // the frames; planes only ever cover their middle
  const held = table + (<usize> (walk.kernelDepth * walk.kernelHeight) << 2);
  for (let slot = 0; slot < walk.kernelDepth; slot++) store<i32>(held + (<usize> slot << 2), -1);
}

/**
 * Writes the table for one plane of the output (planes of all samples are counted through): the addresses of what
 * output voxel (0, 0) reads, for each kernel depth inside the volume and every kernel height. Returns how many there
 * are.
 */
export function tapsOfPlane(walk: Walk, x: usize, plane: i32, work: usize): i32 {
  const sample = plane / walk.outDepth;
  const depth = plane - sample * walk.outDepth;
  const table = tableOf(walk, work);
  const held = table + (<usize> (walk.kernelDepth * walk.kernelHeight) << 2);
  const top = depth * walk.strideDepth - walk.beforeDepth;
  const first = walk.firstKernelDepth(depth);
  const end = max(first, min(walk.kernelDepth, walk.depth - top));
  const direct = walk.paddedHeight == 0;
  const tapStep = <usize> (direct ? walk.width : walk.paddedWidth) * walk.voxelBytes;
  let next = table;
  for (let tap = first; tap < end; tap++) {
    const source = sample * walk.depth + top + tap;
    let at = x + <usize> source * <usize> (walk.height * walk.width) * walk.voxelBytes;
    if (!direct) {
      const slot = source % walk.kernelDepth;
      const frame = work + <usize> slot * walk.paddedBytes;
      if (load<i32>(held + (<usize> slot << 2)) != source) {
        padPlane(walk, at, frame);
        store<i32>(held + (<usize> slot << 2), source);
      }
      at = frame;
    }
    for (let row = 0; row < walk.kernelHeight; row++) {
      store<u32>(next, <u32> at);
      next += 4;
      at += tapStep;
    }
  }
  return <i32> ((next - table) >> 2);
}

/** Copies a plane into a frame of zeros: what sticks out is cut, and only voxels are written. */
function padPlane(walk: Walk, x: usize, to: usize): void {
  const top = walk.beforeHeight;
  const left = walk.beforeWidth;
  const skipped = max(0, -left);
  const copied = min(walk.width - skipped, walk.paddedWidth - max(0, left));
  if (copied <= 0) return;
  const rowBytes = <usize> walk.paddedWidth * walk.voxelBytes;
  const first = max(0, -top);
  const end = min(walk.height, walk.paddedHeight - top);
  let from = x + (<usize> first * <usize> walk.width + <usize> skipped) * walk.voxelBytes;
  to += <usize> (first + top) * rowBytes + <usize> max(0, left) * walk.voxelBytes;
  for (let row = first; row < end; row++) {
    memory.copy(to, from, <usize> copied * walk.voxelBytes);
    from += <usize> walk.width * walk.voxelBytes;
    to += rowBytes;
  }
}
