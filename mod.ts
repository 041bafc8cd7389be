/**
 * syncytium: peer-to-peer contrastive pre-training of 3D encoders, with no central server.
 *
 * @module
 */
export { messageOf, UserError } from "./src/core/errors.ts";
export { Rng } from "./src/core/rng.ts";
