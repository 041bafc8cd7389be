/**
 * The projections by name: a new one is one new file, one line here, and its name among the settings
 * (`common_settings.ts`, which must not load a tensor engine).
 *
 * @module
 */
import type { Projection, ProjectionOptions } from "../projection.ts";
import { denseProjection } from "./dense.ts";
import { globalProjection } from "./global.ts";

/** Every projection by name. */
const projections = { dense: denseProjection, global: globalProjection } as const;

/** Makes the projection called `kind`. */
export function createProjection(kind: keyof typeof projections, options: ProjectionOptions): Projection {
  return projections[kind](options);
}
