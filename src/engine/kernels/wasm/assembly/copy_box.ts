// Boxes cut out of tensors of up to five axes, and put into them. Values are of four bytes.

/** Copies rows of `rowBytes`: four nested loops of the given counts, and steps in bytes on either side. */
export function copyBox(
  from: usize,
  to: usize,
  rowBytes: usize,
  count0: i32,
  count1: i32,
  count2: i32,
  count3: i32,
  from0: usize,
  from1: usize,
  from2: usize,
  from3: usize,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
): void {
  for (let i = 0; i < count0; i++) {
    for (let j = 0; j < count1; j++) {
      for (let k = 0; k < count2; k++) {
        let source = from + from0 * <usize> i + from1 * <usize> j + from2 * <usize> k;
        let target = to + to0 * <usize> i + to1 * <usize> j + to2 * <usize> k;
        for (let l = 0; l < count3; l++) {
          memory.copy(target, source, rowBytes);
          source += from3;
          target += to3;
        }
      }
    }
  }
}

/** Writes `value` `length` times. */
export function fill(to: usize, length: i32, value: f32): void {
  const values = f32x4.splat(value);
  const end = to + (<usize> length << 2);
  const vectors = to + (<usize> (length & ~3) << 2);
  for (; to < vectors; to += 16) v128.store(to, values);
  for (; to < end; to += 4) store<f32>(to, value);
}
