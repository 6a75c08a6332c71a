import { loadPeer } from "../../peers/load.ts";
import type { Lane, LaneSetting } from "./lane.ts";

interface RedisClient {
  on(event: "messageBuffer", listener: (channel: Buffer, payload: Buffer) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  publish(channel: string, payload: Buffer): Promise<number>;
  ping(): Promise<unknown>;
  disconnect(): void;
}

interface IoRedis {
  readonly Redis: new (port: number, options: { enableAutoPipelining: true }) => RedisClient;
}

const CHANNEL = "bench";
/** Commands that a client has on their way before it waits for the answers. */
const WINDOW_COUNT = 512;

/** Redis pub/sub over ioredis, commands pipelined. */
export async function redisLane({ contact }: LaneSetting): Promise<Lane> {
  const { Redis } = await loadPeer<IoRedis>("ioredis");
  const client = new Redis(Number(contact), { enableAutoPipelining: true });
  let window = 0;
  return {
    ready: async () => void (await client.ping()),
    async onMessage(listener) {
      client.on("messageBuffer", (_channel, payload) => listener(payload));
      await client.subscribe(CHANNEL);
    },
    publish(payload) {
      // It writes only Buffers as bytes; any other array would travel as text.
      const { buffer, byteLength, byteOffset } = payload;
      const answered = client.publish(CHANNEL, Buffer.from(buffer, byteOffset, byteLength));
      window = (window + 1) % WINDOW_COUNT;
      return window === 0 ? answered : undefined;
    },
    close: async () => client.disconnect(),
  };
}
