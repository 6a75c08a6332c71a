import { createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { OrderOutcome } from "../core/orderer.ts";
import { encodeUtf8 } from "../core/text.ts";
import { endParties, party, until } from "../node/host/host-rig.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { etcdOptions } from "./etcd.options.ts";
import { EtcdOnNode } from "./etcd-engine.ts";
import { loadEtcd3 } from "./etcd3/load-etcd3.ts";

afterEach(endParties);

it("says which hosts do not answer, and ends whatever is asked of it", async () => {
  const hosts = [`127.0.0.1:${await closedPort()}`, `127.0.0.1:${await closedPort()}`];
  const lines: string[] = [];
  const { host } = await party(memoryNetwork().create());
  const write = (line: string) => void lines.push(line);
  const logger = { debug: write, info: write, warn: write, error: write };
  const ports = { host, logger, now: () => host.now(), die: raise };
  const options = etcdOptions({ requestTimeoutMs: 300 });
  const choice = { hosts, namespace: "x/", voters: ["p1"] };
  const engine = new EtcdOnNode(await loadEtcd3(), ports, { choice, options });
  const outcomes: OrderOutcome[] = [];
  engine.orderer.listen({ onOutcome: (_, one) => outcomes.push(one), onStatus: () => {} });
  host.step(() => {
    engine.start();
    engine.orderer.propose(encodeUtf8("in vain"));
    engine.orderer.read();
  });
  expect(engine.orderer.status).toMatchObject({ state: "waiting", leader: undefined });
  await until(() => outcomes.length === 2, "both to end");
  const refused = { kind: "refused", reason: "noLeader" };
  expect(outcomes).toEqual([refused, refused]);
  expect(lines[0]).toMatch(/^the order in etcd \(127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+\): /);
  expect(lines[0]).toMatch(/cannot be read: .*(ECONNREFUSED|No connection)/);
  // Once in ten seconds, however often it is tried.
  await until(() => (engine.metrics()["etcd.trouble"] ?? 0) > 1, "a second try");
  expect(lines.length).toBe(1);
  host.step(() => engine.stop());
  await engine.closed();
  expect(engine.orderer.status.state).toBe("stopped");
});

/** One that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof place === "object" && place !== null ? place.port : 0;
}

function raise(error: Error): never {
  throw error;
}
