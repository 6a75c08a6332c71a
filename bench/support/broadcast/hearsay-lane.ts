import { startNode } from "../../../dist/index.js";
import type { Lane, LaneSetting } from "./lane.ts";

const LOOK_EVERY_MS = 20;
/** Publications on their way before the publisher waits for them. */
const WINDOW_COUNT = 256;

/** This library as it is shipped: built files, a topic by Plumtree, raw bytes, callbacks. */
export async function hearsayLane({ contact, index, role }: LaneSetting): Promise<Lane> {
  const join = contact === "" ? [] : [contact];
  const node = await startNode({ name: `${role}-${index}`, bind: "127.0.0.1:0", join });
  const topic = node.topic<Uint8Array>("bench", { codec: "raw", via: "plumtree" });
  let window = 0;
  return {
    address: node.address,
    async ready(othersCount) {
      while (node.members.size <= othersCount) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      await node.settled({ timeoutMs: 30_000 });
    },
    async onMessage(listener) {
      topic.subscribe(({ value }) => listener(value));
    },
    publish(payload) {
      const published = topic.publish(payload);
      window = (window + 1) % WINDOW_COUNT;
      return window === 0 ? published : undefined;
    },
    close: () => node.stop(),
  };
}
