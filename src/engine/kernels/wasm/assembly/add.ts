// Sums of two tensors, value by value, or with a row repeated.

/** y = a + b. */
export function add(a: usize, b: usize, y: usize, length: i32): void {
  const vectors = <usize> (length & ~3) << 2;
  let i: usize = 0;
  for (; i < vectors; i += 16) v128.store(y + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  for (; i < <usize> length << 2; i += 4) store<f32>(y + i, load<f32>(a + i) + load<f32>(b + i));
}

/** y[rows][width] = x + row[width]; repeated: scratch of 16 * width bytes. */
export function addRow(x: usize, row: usize, y: usize, rows: i32, width: i32, repeated: usize): void {
  const rowBytes = <usize> width << 2;
  for (let i = 0; i < 4; i++) memory.copy(repeated + rowBytes * <usize> i, row, rowBytes);
  const blockBytes = rowBytes << 2; // four rows: whole vectors
  for (let block = 0; block < rows >> 2; block++) {
    for (let i: usize = 0; i < blockBytes; i += 16) {
      v128.store(y + i, f32x4.add(v128.load(x + i), v128.load(repeated + i)));
    }
    x += blockBytes;
    y += blockBytes;
  }
  for (let i: usize = 0; i < rowBytes * <usize> (rows & 3); i += 4) {
    store<f32>(y + i, load<f32>(x + i) + load<f32>(repeated + i));
  }
}
