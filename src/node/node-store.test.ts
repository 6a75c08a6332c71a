import { afterEach, describe, expect, test } from "vitest";
import { Random } from "../core/random.ts";
import { MemoryDisk } from "../storage/memory-disk.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { endParties, party, until } from "./host/host-rig.ts";
import { NodeStore } from "./node-store.ts";

afterEach(endParties);

/** A disk that does one thing each time it is told to. */
function slowDisk() {
  const tasks: (() => void)[] = [];
  const disk = new MemoryDisk(new Random(1), (body) => tasks.push(body));
  const work = (): void => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  };
  return { disk, work };
}

const one = Uint8Array.of(1);

describe("a step that has written", () => {
  test("keeps its packets and streams until that is durable; other steps do not", async () => {
    const network = memoryNetwork();
    const { disk, work } = slowDisk();
    const store = new NodeStore(disk);
    const channel = store.channel("x");
    const sender = await party(network.create(), { gate: store });
    const receiver = await party(network.create());
    const say = (text: string) => sender.notes.env.send(receiver.address, { kind: "note", text });
    sender.host.step(() => {
      say("before the write");
      channel.append(one);
      say("after it");
      sender.notes.env.exchange(receiver.address, { kind: "note", text: "asked" }, 2_000);
    });
    sender.host.step(() => say("of another step"));
    await until(() => receiver.notes.log.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(receiver.notes.log).toEqual(["of another step"]);
    work();
    await until(() => receiver.notes.log.length === 4 && sender.notes.outcomes.length === 1);
    expect(receiver.notes.log.slice(1).sort()).toEqual([
      "after it",
      "before the write",
      "request asked",
    ]);
    expect(store.endStep()).toBeUndefined();
  });
});

describe("a store", () => {
  test("tells of what is durable, in order, and at once when nothing is pending", async () => {
    const { disk, work } = slowDisk();
    const store = new NodeStore(disk);
    const told: string[] = [];
    store.afterWrites(() => told.push("nothing written"));
    const channel = store.channel("x");
    channel.append(one);
    store.afterWrites(() => told.push("first"));
    const durable = store.durable().then(() => told.push("promise"));
    store.endStep();
    channel.append(one);
    store.afterWrites(() => told.push("second"));
    store.endStep();
    expect(told).toEqual(["nothing written"]);
    work();
    await durable;
    expect(told).toEqual(["nothing written", "first", "second", "promise"]);
  });

  test("makes durable what is pending when it closes, then gives the directory back", async () => {
    const { disk, work } = slowDisk();
    let releases = 0;
    const store = new NodeStore(disk, async () => {
      releases += 1;
    });
    store.channel("x").append(one);
    const durable = store.durable();
    const closed = store.close();
    expect(releases).toBe(0);
    work();
    await durable;
    await closed;
    expect(releases).toBe(1);
    const again = new NodeStore(disk);
    expect(
      again
        .channel("x")
        .takeRecovered()
        .tail.map(({ bytes }) => [...bytes]),
    ).toEqual([[1]]);
  });

  test("whose disk fails says so once, and leaves no write without an answer", async () => {
    const { disk, work } = slowDisk();
    const store = new NodeStore(disk);
    const failures: string[] = [];
    store.onFailed = ({ code }) => failures.push(code);
    disk.faults.capacityBytes = 4;
    store.channel("x").append(one);
    const durable = store.durable().then(
      () => "durable",
      ({ code, definite }) => `${code} ${definite}`,
    );
    const held: string[] = [];
    store.afterWrites(() => held.push("told"));
    store.endStep();
    work();
    expect(await durable).toBe("WRITE_UNCERTAIN false");
    expect(failures).toEqual(["DATA_DIR"]);
    expect(held).toEqual([]);
    await store.close();
  });

  test("closes though its disk fails meanwhile, and gives the directory back last", async () => {
    const { disk, work } = slowDisk();
    const events: string[] = [];
    const closeDisk = disk.close.bind(disk);
    disk.close = (done) => {
      events.push("files");
      closeDisk(done);
    };
    const store = new NodeStore(disk, async () => {
      events.push("directory");
    });
    disk.faults.capacityBytes = 4;
    store.channel("x").append(one);
    const early = store.durable().catch(({ code }) => code);
    const closed = store.close();
    work();
    await closed;
    expect(events.at(-1)).toBe("directory");
    expect(events.filter((event) => event === "directory")).toHaveLength(1);
    store.channel("x").append(one);
    const late = store.durable().catch(({ code }) => code);
    expect([await early, await late]).toEqual(["WRITE_UNCERTAIN", "WRITE_UNCERTAIN"]);
  });
});
