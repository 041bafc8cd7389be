/** The Worker in which a site measures how fast it trains; `measure_site.ts` does the work. */
import * as Comlink from "comlink";
import { type MeasureApi, measureSite } from "./measure_site.ts";

Comlink.expose({ measure: measureSite } satisfies MeasureApi);
