// Nearest-neighbour upsampling by whole factors. `planes` is batch x depth of the smaller tensor, x, which is
// [planes][height][width][channels].

// @ts-ignore: decorator
@inline
function copyVoxel(from: usize, to: usize, channels: i32): void {
  const end = from + (<usize> channels << 2);
  const vectors = from + (<usize> (channels & ~3) << 2);
  while (from < vectors) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  while (from < end) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

export function upsample(
  x: usize,
  y: usize,
  planes: i32,
  height: i32,
  width: i32,
  channels: i32,
  factorDepth: i32,
  factorHeight: i32,
  factorWidth: i32,
): void {
  const voxelBytes = <usize> channels << 2;
  const rowBytes = <usize> width * <usize> factorWidth * voxelBytes;
  const planeBytes = rowBytes * <usize> height * <usize> factorHeight;
  for (let plane = 0; plane < planes; plane++) {
    const firstPlane = y;
    for (let h = 0; h < height; h++) {
      const firstRow = y;
      for (let w = 0; w < width; w++) {
        for (let i = 0; i < factorWidth; i++) {
          copyVoxel(x, y, channels);
          y += voxelBytes;
        }
        x += voxelBytes;
      }
      for (let i = 1; i < factorHeight; i++) {
        memory.copy(y, firstRow, rowBytes);
        y += rowBytes;
      }
    }
    for (let i = 1; i < factorDepth; i++) {
      memory.copy(y, firstPlane, planeBytes);
      y += planeBytes;
    }
  }
}

/** dx: the sum of dy over each block. */
export function upsampleGradient(
  dx: usize,
  dy: usize,
  planes: i32,
  height: i32,
  width: i32,
  channels: i32,
  factorDepth: i32,
  factorHeight: i32,
  factorWidth: i32,
): void {
  const voxelBytes = <usize> channels << 2;
  const rowBytes = <usize> width * <usize> factorWidth * voxelBytes;
  const planeBytes = rowBytes * <usize> height * <usize> factorHeight;
  const vectors = channels & ~3;
  for (let plane = 0; plane < planes; plane++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++) {
        const block = dy + planeBytes * <usize> (plane * factorDepth) + rowBytes * <usize> (h * factorHeight) +
          voxelBytes * <usize> (w * factorWidth);
        for (let channel = 0; channel < vectors; channel += 4) {
          let sum = f32x4.splat(0);
          for (let i = 0; i < factorDepth; i++) {
            for (let j = 0; j < factorHeight; j++) {
              let from = block + planeBytes * <usize> i + rowBytes * <usize> j + (<usize> channel << 2);
              for (let k = 0; k < factorWidth; k++) {
                sum = f32x4.add(sum, v128.load(from));
                from += voxelBytes;
              }
            }
          }
          v128.store(dx + (<usize> channel << 2), sum);
        }
        for (let channel = vectors; channel < channels; channel++) {
          let sum: f32 = 0;
          for (let i = 0; i < factorDepth; i++) {
            for (let j = 0; j < factorHeight; j++) {
              let from = block + planeBytes * <usize> i + rowBytes * <usize> j + (<usize> channel << 2);
              for (let k = 0; k < factorWidth; k++) {
                sum += load<f32>(from);
                from += voxelBytes;
              }
            }
          }
          store<f32>(dx + (<usize> channel << 2), sum);
        }
        dx += voxelBytes;
      }
    }
  }
}
