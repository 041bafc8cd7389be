/** The thread that prepares the batches of fine-tuning ahead. */
import { serveBatches } from "../data/loading/serve.ts";
import { batchesFrom } from "./batches.ts";

serveBatches(batchesFrom);
