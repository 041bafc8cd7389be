/** The thread that prepares the batches of fine-tuning ahead. */
import { serveBatches } from "../data/loading/serve.ts";
import { stepBatchesFrom } from "./step_batches.ts";

serveBatches(stepBatchesFrom);
