/**
 * Yamux whose windows are those of its specification towards every other implementation: a stream begins with 256 KiB,
 * and grows by what the receiver announces (https://github.com/hashicorp/yamux/blob/master/spec.md, "Flow Control").
 *
 * Earlier versions of this program began with 1 MiB unannounced, so that much is taken of a remote at once; it is never
 * sent.
 *
 * @module
 */
import { yamux } from "@libp2p/yamux";
import type { StreamMuxerFactory } from "@libp2p/interface";

/** What a remote takes of a stream before it has announced anything, in bytes: the specification's. */
const SENT_AT_FIRST = 256 * 1024;

/** What is taken of a remote that has been told nothing, in bytes. */
const TAKEN_AT_FIRST = 1024 * 1024;

/** What of a muxer's inside decides over a stream's first window: the option that there is sets both directions. */
interface Inside {
  _newStream?: (...args: unknown[]) => { sendWindowCapacity?: number };
}

/** As libp2p takes it. @throws {Error} if the library is not as it was when this was written. */
export function muxer(): () => StreamMuxerFactory {
  const make = yamux({ streamOptions: { initialStreamWindowSize: TAKEN_AT_FIRST } });
  return () => {
    const factory: StreamMuxerFactory = make();
    const createStreamMuxer = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => {
      const made = createStreamMuxer(connection);
      const inside = made as unknown as Inside;
      const newStream = inside._newStream?.bind(made);
      if (!newStream) throw new Error("yamux makes its streams elsewhere now");
      inside._newStream = (...args) => {
        const stream = newStream(...args);
        if (stream.sendWindowCapacity !== TAKEN_AT_FIRST) throw new Error("yamux keeps its windows elsewhere now");
        return Object.assign(stream, { sendWindowCapacity: SENT_AT_FIRST });
      };
      return made;
    };
    return factory;
  };
}
