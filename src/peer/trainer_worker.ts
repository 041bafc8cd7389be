/** The Worker in which a peer trains; `trainer.ts` does the work. */
import * as Comlink from "comlink";
import { Trainer } from "./trainer.ts";

Comlink.expose(new Trainer());
