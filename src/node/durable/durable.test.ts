import { afterEach, describe, expect, it } from "vitest";
import type { DurableEnv, JournalPosition } from "../../core/env.ts";
import { HearsayError } from "../../core/errors.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { DurableProtocol, DurableRecord } from "../../core/protocol.ts";
import { Random } from "../../core/random.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { MemoryDisk } from "../../storage/memory-disk.ts";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import { endParties, party } from "../host/host-rig.ts";
import { NodeStore } from "../node-store.ts";
import type { DurablePorts, DurableStore } from "./durable-ports.ts";
import { MemoryStore } from "./memory-store.ts";
import { mountDurable } from "./mount-durable.ts";

afterEach(endParties);

const codec = {
  encode: encodeUtf8,
  decode: (bytes: Uint8Array) => {
    const text = decodeUtf8(bytes);
    return text.startsWith("?") ? undefined : text;
  },
};
const peer = peerId("peer");

/** Does what it is told, and writes down what it is told. */
class Diary implements DurableProtocol<string, string, string> {
  readonly env: DurableEnv<string, string, string>;
  readonly log: string[] = [];
  last = 0 as JournalPosition;

  constructor(env: DurableEnv<string, string, string>) {
    this.env = env;
  }
  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<string>[]): void {
    if (snapshot !== undefined) this.log.push(`snapshot ${decodeUtf8(snapshot)}`);
    for (const { record } of tail) this.log.push(`record ${record}`);
  }
  start(): void {
    this.log.push("start");
  }
  stop(): void {}
  onMessage(from: PeerId, message: string): void {
    this.log.push(`${from}: ${message}`);
    if (message === "bad") throw new Error("a bug");
  }
  onTimer(): void {}
  onDurable(): void {
    this.log.push("durable");
  }
  onSnapshot(): void {
    this.log.push("snapshot counts");
  }
  append(record: string): void {
    this.last = this.env.append(record);
  }
}

async function mounted(store?: DurableStore) {
  const { host } = await party(memoryNetwork().create(), {
    ...(store instanceof NodeStore && { gate: store }),
  });
  const sent: string[] = [];
  const counts: string[] = [];
  const ports: DurablePorts<string, string> = {
    host,
    store: store ?? new MemoryStore((body) => host.afterStep(body)),
    name: "diary",
    messages: codec,
    records: codec,
    carry: (to, bytes) => sent.push(`${to} ${decodeUtf8(bytes)}`),
    countDropped: (why) => counts.push(why),
    die: (error) => counts.push(String(error)),
  };
  const { onBytes, protocol, start, stop } = mountDurable(
    ports,
    (env: DurableEnv<string, string, string>) => new Diary(env),
  );
  host.step(start);
  return { host, onBytes, protocol, sent, counts, stop };
}

function slowDisk() {
  const tasks: (() => void)[] = [];
  const disk = new MemoryDisk(new Random(1), (body) => tasks.push(body));
  const work = (): void => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  };
  return { disk, work };
}

describe("a protocol with a door to the node's disk", () => {
  it("lets wait what can, for who writes next, a flush, or a claim", async () => {
    const { disk, work } = slowDisk();
    const store = new NodeStore(disk);
    const { host, protocol, sent } = await mounted(store);
    const other = store.channel("other");
    const wait = (): void => {
      host.step(() => protocol.env.appendLater("x"));
      work();
    };
    wait();
    expect(protocol.log).toEqual(["start"]);
    const said: string[] = [];
    host.step(() => {
      other.append(encodeUtf8("urgent"));
      store.afterWrites(() => said.push(`told when it had heard ${protocol.log.length}`));
    });
    work();
    // It was first, and is patient.
    expect(said).toEqual(["told when it had heard 1"]);
    expect(protocol.log).toEqual(["start", "durable"]);
    wait();
    host.step(() => protocol.env.flush());
    work();
    expect(protocol.log).toHaveLength(3);
    wait();
    host.step(() => protocol.env.send(peer, "claim"));
    expect(sent).toEqual([]);
    work();
    expect(sent).toEqual(["peer claim"]);
  });

  it("claims nothing before it is durable, and is told when it is", async () => {
    const { disk, work } = slowDisk();
    const { host, protocol, sent } = await mounted(new NodeStore(disk));
    host.step(() => {
      protocol.env.send(peer, "before");
      protocol.append("a");
      protocol.env.send(peer, "after");
      protocol.env.sendNow(peer, "now");
    });
    host.step(() => protocol.env.send(peer, "of a later step"));
    expect(sent).toEqual(["peer before", "peer now"]);
    expect(protocol.log).toEqual(["start"]);
    work();
    expect(sent.slice(2)).toEqual(["peer after", "peer of a later step"]);
    expect(protocol.log).toEqual(["start", "durable"]);
    host.step(() => protocol.env.send(peer, "free"));
    expect(sent.at(-1)).toBe("peer free");
  });

  it("gets what its disk held in the next life", async () => {
    const { disk, work } = slowDisk();
    const { host, protocol } = await mounted(new NodeStore(disk));
    for (const record of ["a", "b", "c"]) host.step(() => protocol.append(record));
    work();
    const kept = protocol.last;
    host.step(() => protocol.append("d"));
    host.step(() => protocol.env.truncateAfter(kept));
    work();
    const again = await mounted(new NodeStore(disk));
    expect(again.protocol.log).toEqual(["record a", "record b", "record c", "start"]);
    again.host.step(() => {
      again.protocol.append("e");
      again.protocol.env.snapshot(encodeUtf8("all so far"), again.protocol.last);
    });
    work();
    expect(again.protocol.log.slice(4)).toEqual(["durable", "snapshot counts"]);
    const third = await mounted(new NodeStore(disk));
    expect(third.protocol.log).toEqual(["snapshot all so far", "start"]);
  });

  it("does not begin with what it cannot read", async () => {
    const { disk, work } = slowDisk();
    const { host, protocol } = await mounted(new NodeStore(disk));
    host.step(() => protocol.append("?"));
    work();
    const start = mounted(new NodeStore(disk));
    await expect(start).rejects.toThrow(HearsayError);
    await expect(start).rejects.toThrow(/record 1 of diary in the journal cannot be read/);
  });

  it("without a disk is told in a later step, too, and forgets with the process", async () => {
    const { host, protocol, sent } = await mounted();
    host.step(() => {
      protocol.append("a");
      protocol.env.send(peer, "after");
      protocol.env.snapshot(encodeUtf8("all"), protocol.last);
      expect(protocol.log).toEqual(["start"]);
    });
    expect(protocol.log).toEqual(["start", "durable", "snapshot counts"]);
    expect(sent).toEqual(["peer after"]);
    expect((await mounted()).protocol.log).toEqual(["start"]);
  });

  it("counts bytes that are no message, and hears nothing once it is stopped", async () => {
    const { disk, work } = slowDisk();
    const { counts, host, onBytes, protocol, sent, stop } = await mounted(new NodeStore(disk));
    host.step(() => onBytes(peer, encodeUtf8("?")));
    host.step(() => onBytes(peer, encodeUtf8("hello")));
    expect(counts).toEqual(["malformed"]);
    expect(protocol.log).toEqual(["start", "peer: hello"]);
    host.step(() => {
      protocol.append("a");
      protocol.env.send(peer, "never");
    });
    host.step(stop);
    work();
    expect(protocol.log).toEqual(["start", "peer: hello"]);
    expect(sent).toEqual([]);
  });
});
