import { afterEach, expect, test } from "vitest";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { HearsayNode } from "../api.ts";
import { startNode } from "../start-node.ts";
import type { DiscoverySource } from "./discovery.api.ts";

const running: HearsayNode[] = [];
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
});

const transport = memoryNetwork();
const quick = { everyMs: 20, retryMs: 5 };

async function start(name: string, more: Parameters<typeof startNode>[0] = {}) {
  const node = await startNode({ name, bind: "127.0.0.1:0", transport, profile: "local", ...more });
  running.push(node);
  return node;
}

test("a node joins whom its sources find, once they find somebody", async () => {
  const first = await start("d1");
  let isKnown = false;
  const closed: string[] = [];
  const source: DiscoverySource = {
    what: "test",
    find: async () => {
      if (!isKnown) throw new Error("not yet");
      return ["nonsense::", second.address, first.address];
    },
    announce: ({ name }) => closed.push(`announced ${name}`),
    close: () => closed.push("closed"),
  };
  const second = await start("d2", { discovery: { sources: [source], options: quick } });
  await expect.poll(() => second.metrics()["discovery.failed"]).toBeGreaterThan(0);
  isKnown = true;
  await expect.poll(() => [...first.members].map(({ name }) => name).sort()).toEqual(["d1", "d2"]);
  expect(second.metrics()["discovery.invalid"]).toBeGreaterThan(0);
  await second.stop();
  expect(closed).toEqual(["announced d2", "closed"]);
});

test("of too many addresses some are kept", async () => {
  const found = Array.from({ length: 50 }, (_, at) => `127.0.0.1:${20_000 + at}`);
  const source = { what: "test", find: async () => found };
  const options = { ...quick, addressesMaxCount: 3 };
  const node = await start("d3", { discovery: { sources: [source], options } });
  await expect.poll(() => node.metrics()["discovery.overMax"]).toBeGreaterThanOrEqual(47);
});

test("setJoin replaces the places to join; a source that cannot open ends the start", async () => {
  const first = await start("d4");
  const node = await start("d5", { join: ["127.0.0.1:1"] });
  node.setJoin([first.address]);
  await expect.poll(() => node.members.get("d4")?.status).toBe("alive");
  expect(() => node.setJoin(["a b"])).toThrow(/ADDRESS_INVALID/);
  const source = {
    what: "test",
    find: async () => [],
    open: () => Promise.reject(new Error("no network")),
  };
  await expect(start("d6", { discovery: { sources: [source] } })).rejects.toThrow("no network");
  const wrong = { sources: [source], options: { everyMs: 0 } };
  await expect(start("d7", { discovery: wrong })).rejects.toThrow(/everyMs must be 1/);
});
