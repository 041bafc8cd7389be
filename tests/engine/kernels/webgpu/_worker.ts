/// <reference lib="deno.worker" />
// Computes one value on the webgpu engine.

import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../../../src/engine/engine.ts";
import { conv3d } from "../../../../src/engine/ops/conv3d.ts";

const { name } = await startEngine({ engine: "webgpu", adapter: "software" });
const y = conv3d(tf.ones([1, 2, 2, 2, 1]), tf.ones([3, 3, 3, 1, 1]));
self.postMessage(`${name}: ${(await y.data())[0]}`);
