/** Yjs, a map in a document, by way of a y-websocket server: what of it can be compared. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { loadPeer } from "../../peers/load.ts";
import type { Lane, LaneSetting } from "./lane.ts";

const ROOM = "bench";
const SYNCED_MAX_MS = 60_000;

interface YMap {
  set(key: string, value: string): void;
  get(key: string): string | undefined;
  observe(listener: (event: { keysChanged: Set<string> }, transaction: YTransaction) => void): void;
}

interface YTransaction {
  readonly local: boolean;
}

interface YDoc {
  getMap(name: string): YMap;
}

interface WebSocketProvider {
  readonly synced: boolean;
  once(event: "synced" | "sync", listener: () => void): void;
  destroy(): void;
}

interface WebSocketServer {
  on(event: "connection", listener: (socket: unknown, request: IncomingMessage) => void): void;
  once(event: "listening", listener: () => void): void;
  address(): AddressInfo;
}

/** @returns its port. */
export async function yjsServer(): Promise<string> {
  type Sockets = { WebSocketServer: new (options: object) => WebSocketServer };
  type Utils = { setupWSConnection: (socket: unknown, request: IncomingMessage) => void };
  const { WebSocketServer } = await loadPeer<Sockets>("ws");
  const { setupWSConnection } = await loadPeer<Utils>("y-websocket/bin/utils");
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", setupWSConnection);
  await new Promise<void>((resolve) => server.once("listening", resolve));
  return String(server.address().port);
}

export async function yjsLane({ contact }: LaneSetting): Promise<Lane<string>> {
  const { Doc } = await loadPeer<{ Doc: new () => YDoc }>("yjs");
  const { WebSocket } = await loadPeer<{ WebSocket: unknown }>("ws");
  type Client = {
    WebsocketProvider: new (
      url: string,
      room: string,
      doc: YDoc,
      options: object,
    ) => WebSocketProvider;
  };
  const { WebsocketProvider } = await loadPeer<Client>("y-websocket");
  const doc = new Doc();
  const map = doc.getMap("state");
  let received = 0;
  map.observe(({ keysChanged }, { local }) => {
    if (!local) received += keysChanged.size;
  });
  // Tabs of one browser would talk past the server.
  const options = { WebSocketPolyfill: WebSocket, disableBc: true };
  const provider = new WebsocketProvider(`ws://127.0.0.1:${contact}`, ROOM, doc, options);
  return {
    address: contact,
    form: (text) => text,
    async ready() {
      if (provider.synced) return;
      const limit = AbortSignal.timeout(SYNCED_MAX_MS);
      const synced = new Promise<void>((resolve) => provider.once("sync", resolve));
      await Promise.race([synced, once(limit, "abort")]);
    },
    write(key, value) {
      map.set(key, value);
      return undefined;
    },
    read: async (key) => map.get(key),
    receivedCount: () => received,
    heldCount: () => received,
    close: async () => provider.destroy(),
  };
}
