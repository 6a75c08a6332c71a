/** A real node on loopback sockets, and a stranger who means no good. */
import { createSocket } from "node:dgram";
import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { encodeSwim } from "../../src/peers/swim/wire/swim.wire.ts";
import { Cluster, until } from "./cluster.ts";

const cluster = new Cluster();
afterEach(() => cluster.stop());

const portOf = (address: string): number => Number(address.split(":").at(-1));

async function throwAt(address: string, messages: readonly SwimMessage[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const message of messages) {
    await new Promise((done) =>
      socket.send(encodeSwim(message), portOf(address), "127.0.0.1", done),
    );
  }
  socket.close();
}

const alive = (node: string, port: number): SwimMessage => ({
  kind: "alive",
  incarnation: 5,
  node,
  addr: Uint8Array.of(127, 0, 0, 1),
  port,
  meta: Uint8Array.of(0xff, 0x80),
  vsn: Uint8Array.of(1, 5, 2, 2, 5, 5),
});

describe("a node under hostile traffic", () => {
  it("writes one line a second about a flood of conflicting claims, not one a packet", async () => {
    const [node] = await cluster.form(2);
    const began = performance.now();
    const claims = Array.from({ length: 200 }, (_, at) => alive("p2", 2_000 + at));
    await throwAt(node?.address ?? "", claims);
    await until("the claims", () => (node?.metrics()["swim.conflicts"] ?? 0) >= 150);
    const lines = cluster.log.splice(0).filter(({ message }) => message.includes("claims"));
    expect(lines.length).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000);
    expect(node?.members.get("p2")?.status).toBe("alive");
  });
});

describe("the end of a node", () => {
  it("lets two callers leave together", async () => {
    const [, node] = await cluster.form(2);
    const left = await Promise.allSettled([node?.leave(), node?.leave()]);
    expect(left.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  });

  it("takes its listener off a signal that lives on", async () => {
    const { signal } = new AbortController();
    const node = await cluster.start({ signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await node.stop();
    await until("the listener to go", () => getEventListeners(signal, "abort").length === 0);
  });

  it("says ABORTED to a start that was waiting for its joins", async () => {
    const abort = new AbortController();
    const { signal } = abort;
    const start = cluster.start({ join: ["127.0.0.1:1"], joinMin: 1, signal });
    setTimeout(() => abort.abort(), 50);
    await expect(start).rejects.toMatchObject({ code: "ABORTED" });
  });
});
