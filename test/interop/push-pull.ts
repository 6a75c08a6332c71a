/**
 * One push/pull by hand: shows a node a table of our making and reads the one that it answers with.
 * Memberlist tells its users less about members than it tells its peers.
 */
import { connect } from "node:net";
import type { PushPullNode } from "../../src/peers/swim/swim.messages.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import { Keyring } from "../../src/wire/keyring.ts";

const EXCHANGE_MAX_MS = 30_000;
const NO_BYTES = new Uint8Array(0);
const STATES = ["alive", "suspect", "dead", "left"] as const;

export interface Table {
  readonly nodes?: readonly PushPullNode[];
  readonly keys?: readonly string[];
}

/** What the node at `address` knows. */
export function pushPull(address: string, table: Table = {}): Promise<readonly PushPullNode[]> {
  const codec = new StreamCodec({
    label: "",
    keyring: table.keys === undefined ? undefined : Keyring.parse(table.keys),
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: "off",
  });
  const { nodes = [] } = table;
  const [host = "", port = ""] = address.split(":");
  const decoder = codec.decoder("dialer");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), timeout: EXCHANGE_MAX_MS });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(`push/pull with ${address}: ${reason}`));
    };
    socket.on("error", (error) => fail(error.message));
    socket.on("timeout", () => fail("no answer"));
    socket.on("end", () => fail("closed before it had answered"));
    socket.on("data", (bytes) => {
      let reading = decoder.feed(bytes);
      while (isBusy(reading)) reading = decoder.feed(NO_BYTES);
      if (reading.kind === "more") return;
      if (reading.kind === "error") return fail(reading.reason);
      if (reading.kind !== "message") return;
      if (reading.message.kind !== "pushPull") return fail(`answered ${reading.message.kind}`);
      socket.destroy();
      resolve(reading.message.nodes);
    });
    socket.write(
      codec.encodeRequest({ kind: "pushPull", join: false, nodes, userState: NO_BYTES }),
    );
  });
}

/** A large answer is read in parts; here nobody else wants the event loop. */
function isBusy(reading: { readonly kind: string }): boolean {
  return reading.kind === "busy";
}

/** In which state the node at `address` has each member. */
export async function statesAt(
  address: string,
  keys?: readonly string[],
): Promise<Record<string, string>> {
  const nodes = await pushPull(address, keys === undefined ? {} : { keys });
  return Object.fromEntries(nodes.map(({ name, state }) => [name, STATES[state] ?? "unknown"]));
}
