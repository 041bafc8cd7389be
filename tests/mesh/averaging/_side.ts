/** One peer's averaging without a mesh: both sides of the protocol over a given channel. */
import {
  Averager,
  type AveragerExchangeOptions,
  type AveragerOptions,
} from "../../../src/mesh/averaging/two_way/side.ts";
import { AverageServer } from "../../../src/mesh/averaging/server.ts";
import { AveragingState } from "../../../src/mesh/averaging/state.ts";
import type { MatrixPart } from "../../../src/mesh/averaging/compression/compressor.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { KeptPieces } from "../../../src/mesh/protocols/kept_pieces.ts";
import type { Audit } from "../../../src/mesh/protocols/traffic.ts";

export interface SideOptions extends Pick<AveragerOptions, "compressor" | "rule" | "neighbours"> {
  vector?: Float32Array;
  mass?: number;
  layout?: string;
  matrices?: readonly MatrixPart[];
  audit?: Audit;
}

export class Side {
  readonly averager: Averager;
  readonly server: AverageServer;

  constructor({ vector, mass = 1, layout = "l", matrices, audit = () => {}, ...options }: SideOptions = {}) {
    const transfer = { stepTimeout: 5_000, audit, kept: new KeptPieces() };
    this.averager = new Averager({ ...options, ...transfer });
    this.server = new AverageServer(this.averager, transfer);
    if (vector) this.averager.initialise(new AveragingState(vector, { layout, mass, round: 3 }), matrices);
  }

  get state(): AveragingState | undefined {
    return this.averager.state;
  }

  /** A copy of the vector. */
  get vector(): Float32Array {
    return this.state!.snapshot().vector;
  }

  exchange(channel: FrameChannel, peer: string, options?: AveragerExchangeOptions) {
    return this.averager.exchange(channel, peer, options);
  }

  answer(channel: FrameChannel, peer: string) {
    return this.server.answer(channel, peer);
  }

  fetch(channel: FrameChannel, expected: { layout: string; values: number }) {
    return this.server.fetch(channel, expected);
  }
}
