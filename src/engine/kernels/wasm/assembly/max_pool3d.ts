// 3D max pooling of some planes of one sample, any window, stride and padding (which never wins). NaN wins over
// everything.

/**
 * x: the sample; y, places: the planes from firstDepth up to endDepth of the output. y: the largest value of each
 * window; places: the voxel it came from, (d * height + h) * width + w, as int32 beside each value, the first where
 * values tie.
 */
export function maxPool(
  x: usize,
  depth: i32,
  height: i32,
  width: i32,
  channels: i32,
  y: usize,
  places: usize,
  firstDepth: i32,
  endDepth: i32,
  outHeight: i32,
  outWidth: i32,
  windowDepth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideDepth: i32,
  strideHeight: i32,
  strideWidth: i32,
  front: i32,
  top: i32,
  left: i32,
): void {
  const voxelBytes = <usize> channels << 2;
  const vectors = channels & ~3;
  for (let od = firstDepth; od < endDepth; od++) {
    const d0 = max(0, od * strideDepth - front), d1 = min(depth, od * strideDepth - front + windowDepth);
    for (let oh = 0; oh < outHeight; oh++) {
      const h0 = max(0, oh * strideHeight - top), h1 = min(height, oh * strideHeight - top + windowHeight);
      for (let ow = 0; ow < outWidth; ow++) {
        const w0 = max(0, ow * strideWidth - left), w1 = min(width, ow * strideWidth - left + windowWidth);
        for (let channel = 0; channel < vectors; channel += 4) {
          let best = f32x4.splat(-Infinity);
          let place = i32x4.splat((d0 * height + h0) * width + w0);
          for (let d = d0; d < d1; d++) {
            for (let h = h0; h < h1; h++) {
              let voxel = (d * height + h) * width + w0;
              let from = x + <usize> voxel * voxelBytes + (<usize> channel << 2);
              for (let w = w0; w < w1; w++) {
                const value = v128.load(from);
                const better = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
                best = v128.bitselect(value, best, better);
                place = v128.bitselect(i32x4.splat(voxel), place, better);
                voxel++;
                from += voxelBytes;
              }
            }
          }
          v128.store(y + (<usize> channel << 2), best);
          v128.store(places + (<usize> channel << 2), place);
        }
        for (let channel = vectors; channel < channels; channel++) {
          let best: f32 = -Infinity;
          let place = (d0 * height + h0) * width + w0;
          for (let d = d0; d < d1; d++) {
            for (let h = h0; h < h1; h++) {
              for (let w = w0; w < w1; w++) {
                const voxel = (d * height + h) * width + w;
                const value = load<f32>(x + <usize> voxel * voxelBytes + (<usize> channel << 2));
                if (value > best || value != value) {
                  best = value;
                  place = voxel;
                }
              }
            }
          }
          store<f32>(y + (<usize> channel << 2), best);
          store<i32>(places + (<usize> channel << 2), place);
        }
        y += voxelBytes;
        places += voxelBytes;
      }
    }
  }
}

/**
 * Clears `bytes` of the sample dx from `first` on, then adds each of dy's voxels x channels values to the place in dx
 * that `places` names, which lies there.
 */
export function maxPoolGradient(
  dy: usize,
  places: usize,
  voxels: i32,
  channels: i32,
  dx: usize,
  first: usize,
  bytes: usize,
): void {
  memory.fill(dx + first, 0, bytes);
  for (let voxel = 0; voxel < voxels; voxel++) {
    for (let channel = 0; channel < channels; channel++) {
      const to = dx + (<usize> (load<i32>(places) * channels + channel) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(dy));
      places += 4;
      dy += 4;
    }
  }
}
