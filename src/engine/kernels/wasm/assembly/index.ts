// Every kernel of the module, one op a file.

export { adam, sumOfSquares } from "./adam";
export { add, addRow } from "./add";
export { blend } from "./blend";
export { concatChannels, splitChannels } from "./concat_channels";
export { convolvePlanes } from "./conv3d";
export { packFilter, packFilterReversed } from "./conv3d_filter";
export { filterGradientPlanes, sumParts } from "./conv3d_filter_gradient";
export { contrastLoss } from "./contrast_loss";
export { copyBox, fill } from "./copy_box";
export { maxPool, maxPoolGradient } from "./max_pool3d";
export { normApply, normGradientApply, normGradientSums, normSums } from "./norm_act";
export { segmentSum } from "./segment_sum";
export { sumMiddle, sumStrips } from "./sum";
export { upsample, upsampleGradient } from "./upsample3d";
export { winogradConvolve } from "./winograd";
export { winogradFilter } from "./winograd_filter";
export { winogradFilterGradient, winogradOutputGradient, winogradProducts } from "./winograd_gradient";
export { softmaxGradient, softmaxSums } from "./voxel_loss";
export { winogradInput } from "./winograd_transforms";
