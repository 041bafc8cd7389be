// Two tensors of [voxels][channels] side by side, and apart again.

// @ts-ignore: decorator
@inline
function copyFloats(from: usize, to: usize, count: i32): void {
  const end = from + (<usize> count << 2);
  const vectors = from + (<usize> (count & ~3) << 2);
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

export function concatChannels(a: usize, b: usize, y: usize, voxels: i32, channelsA: i32, channelsB: i32): void {
  for (let voxel = 0; voxel < voxels; voxel++) {
    copyFloats(a, y, channelsA);
    a += <usize> channelsA << 2;
    y += <usize> channelsA << 2;
    copyFloats(b, y, channelsB);
    b += <usize> channelsB << 2;
    y += <usize> channelsB << 2;
  }
}

export function splitChannels(a: usize, b: usize, y: usize, voxels: i32, channelsA: i32, channelsB: i32): void {
  for (let voxel = 0; voxel < voxels; voxel++) {
    copyFloats(y, a, channelsA);
    a += <usize> channelsA << 2;
    y += <usize> channelsA << 2;
    copyFloats(y, b, channelsB);
    b += <usize> channelsB << 2;
    y += <usize> channelsB << 2;
  }
}
