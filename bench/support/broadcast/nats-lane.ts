import { loadPeer } from "../../peers/load.ts";
import type { Lane, LaneSetting } from "./lane.ts";

interface NatsConnection {
  publish(subject: string, payload: Uint8Array): void;
  subscribe(
    subject: string,
    options: { callback(error: Error | null, message: { readonly data: Uint8Array }): void },
  ): unknown;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Nats {
  readonly connect: (options: { servers: string }) => Promise<NatsConnection>;
}

const SUBJECT = "bench";
/** As many as a client may write before it asks whether the server follows. */
const FLUSH_EVERY = 512;

/** NATS core: a broker, and clients with callbacks. */
export async function natsLane({ contact }: LaneSetting): Promise<Lane> {
  const { connect } = await loadPeer<Nats>("@nats-io/transport-node");
  const connection = await connect({ servers: contact });
  let sinceFlush = 0;
  return {
    ready: () => connection.flush(),
    async onMessage(listener) {
      connection.subscribe(SUBJECT, { callback: (_error, { data }) => listener(data) });
      await connection.flush();
    },
    publish(payload) {
      connection.publish(SUBJECT, payload);
      sinceFlush += 1;
      if (sinceFlush < FLUSH_EVERY) return undefined;
      sinceFlush = 0;
      return connection.flush();
    },
    close: () => connection.close(),
  };
}
