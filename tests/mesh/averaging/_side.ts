/** One peer's averaging without a mesh: both sides of the protocol over a given channel. */
import { type AskOptions, TwoWaySide, type TwoWaySideOptions } from "../../../src/mesh/averaging/two_way/side.ts";
import { AverageServer } from "../../../src/mesh/averaging/server.ts";
import type { TwoWayState } from "../../../src/mesh/averaging/two_way/state.ts";
import type { MatrixPart } from "../../../src/mesh/averaging/compression/compressor.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { KeptPieces } from "../../../src/mesh/protocols/kept_pieces.ts";
import type { Audit } from "../../../src/mesh/protocols/traffic.ts";

export interface SideOptions extends Pick<TwoWaySideOptions, "compressor" | "rule" | "neighbours" | "judge"> {
  vector?: Float32Array;
  mass?: number;
  layout?: string;
  matrices?: readonly MatrixPart[];
  audit?: Audit;
}

export class Side {
  readonly protocol: TwoWaySide;
  readonly server: AverageServer;

  constructor({ vector, mass = 1, layout = "l", matrices, audit = () => {}, ...options }: SideOptions = {}) {
    const transfer = { stepTimeout: 5_000, audit, kept: new KeptPieces() };
    this.protocol = new TwoWaySide({ ...options, ...transfer });
    this.server = new AverageServer(this.protocol, transfer);
    if (vector) this.protocol.initialise(vector, { layout, mass, round: 3, matrices });
  }

  get state(): TwoWayState | undefined {
    return this.protocol.state;
  }

  /** A copy of the vector. */
  get vector(): Float32Array {
    return this.state!.snapshot().vector;
  }

  exchange(channel: FrameChannel, peer: string, options?: AskOptions) {
    return this.protocol.exchange(channel, peer, options);
  }

  answer(channel: FrameChannel, peer: string) {
    return this.server.answer(channel, peer);
  }

  fetch(channel: FrameChannel, expected: { layout: string; values: number }) {
    return this.server.fetch(channel, expected);
  }
}
