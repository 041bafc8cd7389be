// The weights of conv3d.ts, in the order in which it reads them.

/**
 * [length][out] to [ceil(out / 8)][length][8], the last block filled up with zeros; `blocks` of the blocks from
 * `firstBlock` on.
 */
export function packFilter(
  filter: usize,
  length: i32,
  out: i32,
  to: usize,
  firstBlock: i32,
  blocks: i32,
): void {
  to += <usize> (firstBlock * length) << 5;
  const end = min(out, (firstBlock + blocks) * 8);
  for (let channel = firstBlock * 8; channel < end; channel += 8) {
    const count = min(8, out - channel);
    let from = filter + (<usize> channel << 2);
    for (let i = 0; i < length; i++) {
      if (count == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let lane = 0; lane < 8; lane++) {
          store<f32>(to + (<usize> lane << 2), lane < count ? load<f32>(from + (<usize> lane << 2)) : 0);
        }
      }
      from += <usize> out << 2;
      to += 32;
    }
  }
}

/**
 * The weights of the input gradient: of each axis, the taps first, first + step, … (count of them) in reverse order,
 * input and output channels exchanged: [ceil(in / 8)][count, count, count][out][8]; `blocks` of the blocks from
 * `firstBlock` on.
 */
export function packFilterReversed(
  filter: usize,
  height: i32,
  width: i32,
  channelsIn: i32,
  channelsOut: i32,
  to: usize,
  firstDepth: i32,
  firstHeight: i32,
  firstWidth: i32,
  stepDepth: i32,
  stepHeight: i32,
  stepWidth: i32,
  countDepth: i32,
  countHeight: i32,
  countWidth: i32,
  firstBlock: i32,
  blocks: i32,
): void {
  const inputStep = <usize> channelsOut << 2;
  to += <usize> (firstBlock * countDepth * countHeight * countWidth * channelsOut) << 5;
  const end = min(channelsIn, (firstBlock + blocks) * 8);
  for (let channel = firstBlock * 8; channel < end; channel += 8) {
    const count = min(8, channelsIn - channel);
    for (let i = countDepth - 1; i >= 0; i--) {
      for (let j = countHeight - 1; j >= 0; j--) {
        for (let k = countWidth - 1; k >= 0; k--) {
          const tap = ((firstDepth + i * stepDepth) * height + firstHeight + j * stepHeight) * width + firstWidth +
            k * stepWidth;
          let from = filter + ((<usize> tap * <usize> channelsIn + <usize> channel) * <usize> channelsOut << 2);
          for (let out = 0; out < channelsOut; out++) {
            for (let lane = 0; lane < 8; lane++) {
              store<f32>(
                to + (<usize> lane << 2),
                lane < count ? load<f32>(from + <usize> lane * inputStep) : 0,
              );
            }
            from += 4;
            to += 32;
          }
        }
      }
    }
  }
}
