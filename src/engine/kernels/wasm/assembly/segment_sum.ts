// The scatter that is gather's gradient.

/** y[ids[row]][inner] += x[row][inner]; rows with an id outside 0 … segments - 1 are dropped. */
export function segmentSum(x: usize, ids: usize, y: usize, rows: i32, inner: i32, segments: i32): void {
  const rowBytes = <usize> inner << 2;
  const vectorBytes = <usize> (inner & ~3) << 2;
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids + (<usize> row << 2));
    if (id >= 0 && id < segments) {
      const to = y + <usize> id * rowBytes;
      for (let i: usize = 0; i < vectorBytes; i += 16) {
        v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(x + i)));
      }
      for (let i = vectorBytes; i < rowBytes; i += 4) {
        store<f32>(to + i, load<f32>(to + i) + load<f32>(x + i));
      }
    }
    x += rowBytes;
  }
}
