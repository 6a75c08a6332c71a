/** npm `scuttlebutt` over a socket: its streams are piped to it, as its README has it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Lane, LaneSetting } from "./lane.ts";
import { scuttlebuttModel } from "./scuttlebutt.ts";

/** Their clocks cross in the first turns after the connection. */
const JOINED_AFTER_MS = 100;

export async function scuttlebuttLane({ contact, side }: LaneSetting): Promise<Lane<string>> {
  const name = `node-${side}`;
  const model = await scuttlebuttModel(name);
  let received = 0;
  model.on("update", (_value, _at, source) => {
    if (source !== name) received += 1;
  });
  const { address, socket } = await joined(contact, (one) => {
    one.pipe(model.createStream()).pipe(one);
  });
  return {
    address,
    form: (text) => text,
    async ready() {
      await socket;
      await new Promise((resolve) => setTimeout(resolve, JOINED_AFTER_MS));
    },
    write(key, value) {
      model.set(key, value);
      return undefined;
    },
    read: async (key) => model.get(key),
    receivedCount: () => received,
    heldCount: () => received,
    async close() {
      (await socket).destroy();
    },
  };
}

async function joined(contact: string, join: (socket: Socket) => void) {
  if (contact !== "") {
    const dialed = connect(Number(contact), "127.0.0.1");
    await once(dialed, "connect");
    dialed.setNoDelay(true);
    join(dialed);
    return { address: "", socket: Promise.resolve(dialed) };
  }
  const server = createServer();
  const socket = new Promise<Socket>((resolve) => {
    server.once("connection", (accepted: Socket) => {
      accepted.setNoDelay(true);
      join(accepted);
      resolve(accepted);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { address: String((server.address() as AddressInfo).port), socket };
}
