/** One node of three, in a process of its own; its parent tells it what to do. */
import { type HearsayNode, raft, startNode } from "../../../dist/index.js";
import { answerOrders } from "../state/orders.ts";
import { BareOrder } from "./bare-order.ts";
import { keepCalling, nextBytes } from "./callers.ts";
import type { Keeping } from "./lane.ts";

const READY_MAX_MS = 30_000;
const NAMES = ["p1", "p2", "p3"] as const;

/** What is asked of the group: to order events, or bare commands of its orderer. */
export type Asked = "events" | "commands";

export type ProcessOrder =
  | {
      readonly do: "open";
      readonly name: string;
      readonly contact: string;
      readonly asked: Asked;
      readonly keeping: Keeping;
      readonly dataDir: string;
    }
  | { readonly do: "ready" }
  | { readonly do: "call"; readonly concurrency: number; readonly forMs: number }
  | { readonly do: "held" }
  | { readonly do: "end" };

/** What a process was told so far: the same on all when nothing is under way. */
export interface Held {
  readonly count: number;
  /** Of all that was told, in its order. */
  readonly digest: number;
}

let node: HearsayNode | undefined;
let append: (() => Promise<unknown>) | undefined;
let held = { count: 0, digest: 0 };

function take(bytes: Uint8Array): void {
  let { digest } = held;
  for (const byte of bytes.subarray(0, 8)) digest = Math.imul(digest ^ byte, 0x01000193);
  held = { count: held.count + 1, digest };
}

async function open(order: Extract<ProcessOrder, { do: "open" }>): Promise<string> {
  const { asked, contact, dataDir, keeping, name } = order;
  const choice = raft({ voters: [...NAMES], storage: keeping });
  const bare = asked === "commands" ? new BareOrder(choice, take) : undefined;
  node = await startNode({
    name,
    bind: "127.0.0.1:0",
    join: contact === "" ? [] : [contact],
    orderer: bare?.choice ?? choice,
    ...(keeping === "disk" && { dataDir }),
  });
  append = bare === undefined ? eventsOf(node) : () => bare.propose(nextBytes());
  return node.address;
}

function eventsOf(started: HearsayNode): () => Promise<unknown> {
  const log = started.orderedLog<Uint8Array>("bench", { codec: "raw" });
  void read(log.subscribe({ from: "start" }));
  return () => log.append(nextBytes());
}

async function read(entries: AsyncIterable<{ readonly value: Uint8Array }>): Promise<void> {
  for await (const { value } of entries) take(value);
}

answerOrders<ProcessOrder>(async (order) => {
  switch (order.do) {
    case "open":
      return open(order);
    case "ready":
      return node?.order.ready({ timeoutMs: READY_MAX_MS });
    case "call":
      if (append === undefined) throw new Error("open comes first");
      return keepCalling(append, order);
    case "held":
      return held;
    case "end":
      return node?.stop();
  }
});
