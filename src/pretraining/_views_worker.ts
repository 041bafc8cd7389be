/** The thread that prepares the views of pre-training ahead. */
import { serveBatches } from "../data/loading/serve.ts";
import { viewsFrom } from "./views.ts";

serveBatches(viewsFrom);
