import { afterEach, describe, expect, it } from "vitest";
import type { Address } from "../core/address.ts";
import { eventually } from "../testing/test-api.ts";
import { memoryNetwork } from "./memory/memory.ts";
import type { ByteStream, StreamListener, Transport, TransportReceiver } from "./transport.ts";
import { UdpTcpTransport } from "./udp-tcp/udp-tcp.ts";

const anyPort: Address = { host: "127.0.0.1", port: 0 };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

class Ear implements StreamListener {
  readonly log: string[] = [];
  received = 0;
  onHeard: (() => void) | undefined;
  stream: ByteStream | undefined;
  private readonly onData: ((ear: Ear, words: string) => void) | undefined;

  constructor(onData?: (ear: Ear, words: string) => void) {
    this.onData = onData;
  }
  onOpen(): void {
    this.say("open");
  }
  onBytes(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (chunk.length < 100) this.say(text(chunk));
    this.onData?.(this, text(chunk));
  }
  onDrain(): void {
    this.say("drain");
  }
  onEnd(): void {
    this.say("end");
  }
  onClose(error: Error | undefined): void {
    const code = error !== undefined && "code" in error ? ` ${String(error.code)}` : "";
    this.say(`close${code}`);
  }
  private say(what: string): void {
    this.log.push(what);
    this.onHeard?.();
  }
}

class Receiver implements TransportReceiver {
  readonly packets: string[] = [];
  readonly errors: string[] = [];
  readonly ears: Ear[] = [];
  makeEar: () => Ear = () => new Ear();
  from: Address | undefined;

  onPacket(from: Address, packet: Uint8Array): void {
    this.from = from;
    this.packets.push(text(packet));
  }
  onStream(stream: ByteStream): StreamListener {
    const ear = this.makeEar();
    ear.stream = stream;
    this.ears.push(ear);
    return ear;
  }
  onTransportError(where: string, error: Error): void {
    this.errors.push(`${where}: ${error.message}`);
  }
}

const until = (holds: () => boolean, what = "it") => eventually(holds, what, 10_000);

const transports: Transport[] = [];
afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
});

const kinds: [string, () => () => Transport][] = [
  [
    "memory",
    () => {
      const network = memoryNetwork();
      return () => network.create();
    },
  ],
  [
    "memory with latency",
    () => {
      const network = memoryNetwork({ latencyMs: 3 });
      return () => network.create();
    },
  ],
  ["udp-tcp", () => () => new UdpTcpTransport()],
];

describe.each(kinds)("transport %s", (_name, makeKind) => {
  async function two(): Promise<{
    a: Transport;
    b: Transport;
    at: Address;
    bt: Address;
    ra: Receiver;
    rb: Receiver;
  }> {
    const make = makeKind();
    const [a, b] = [make(), make()];
    transports.push(a, b);
    const [ra, rb] = [new Receiver(), new Receiver()];
    return { a, b, ra, rb, at: await a.bind(anyPort, ra), bt: await b.bind(anyPort, rb) };
  }

  it("carries packets, from the bound address", async () => {
    const { a, at, bt, rb } = await two();
    expect(at.port).toBeGreaterThan(0);
    a.sendPacket(bt, bytes("hello"));
    a.sendPacket(bt, bytes("again"));
    expect(rb.packets).toEqual([]);
    await until(() => rb.packets.length === 2);
    expect(rb.packets).toEqual(["hello", "again"]);
    expect(rb.from).toEqual(at);
  });

  it("survives packets to nobody, to nonsense and of absurd size", async () => {
    const { a, bt, ra, rb } = await two();
    a.sendPacket({ host: "127.0.0.1", port: 1 }, bytes("nobody"));
    a.sendPacket({ host: "127.0.0.1", port: 70_000 }, bytes("nonsense"));
    a.sendPacket({ host: "not an ip", port: 5 }, bytes("nonsense"));
    a.sendPacket({ host: "::1", port: 5 }, bytes("other family"));
    a.sendPacket(bt, new Uint8Array(70_000));
    a.sendPacket(bt, new Uint8Array(0));
    a.sendPacket(bt, bytes("still here"));
    await until(() => rb.packets.length === 1);
    expect(rb.packets).toEqual(["still here"]);
    expect(ra.errors.some((error) => error.includes("send"))).toBe(true);
  });

  it("opens streams and keeps each half open until its own end", async () => {
    const { a, bt, rb } = await two();
    rb.makeEar = () =>
      new Ear((ear, words) => {
        if (words === "question") ear.stream?.write(bytes("answer"));
      });
    const ear = new Ear();
    const stream = a.dial(bt, 1_000, ear);
    expect(ear.log).toEqual([]);
    stream.write(bytes("question"));
    await until(() => ear.log.includes("answer"));
    stream.end();
    await until(() => rb.ears[0]?.log.includes("end") === true);
    expect(ear.log).toEqual(["open", "answer"]);
    rb.ears[0]?.stream?.write(bytes("last words"));
    rb.ears[0]?.stream?.end();
    await until(() => ear.log.includes("close") && rb.ears[0]?.log.includes("close") === true);
    expect(ear.log).toEqual(["open", "answer", "last words", "end", "close"]);
    expect(rb.ears[0]?.log).toEqual(["question", "end", "close"]);
  });

  it("tells a dialer that nobody listens", async () => {
    const { a, b, bt } = await two();
    await b.close();
    const ear = new Ear();
    a.dial(bt, 1_000, ear);
    await until(() => ear.log.length > 0);
    expect(ear.log).toEqual(["close ECONNREFUSED"]);
  });

  it("tells both ends once when one destroys the stream", async () => {
    const { a, bt, rb } = await two();
    const ear = new Ear();
    const stream = a.dial(bt, 1_000, ear);
    stream.write(bytes("x"));
    await until(() => rb.ears[0]?.log.includes("x") === true);
    stream.destroy();
    stream.destroy();
    stream.write(bytes("ignored"));
    stream.end();
    await until(
      () => ear.log.includes("close") && rb.ears[0]?.log.at(-1)?.startsWith("close") === true,
    );
    expect(ear.log).toEqual(["open", "close"]);
    expect(rb.ears[0]?.log).toEqual(["x", "close ECONNRESET"]);
  });

  it("asks to hold back and says when to go on, and loses nothing", async () => {
    const { a, bt, rb } = await two();
    const ear = new Ear();
    const stream = a.dial(bt, 1_000, ear);
    await until(() => ear.log.includes("open"));
    const chunk = new Uint8Array(50_000);
    let written = 0;
    let wasHeldBack = false;
    while (written < 10_000_000) {
      const mayGoOn = stream.write(chunk);
      written += chunk.length;
      if (mayGoOn) continue;
      wasHeldBack = true;
      const drains = ear.log.length;
      await until(() => ear.log.length > drains, "drain");
    }
    stream.end();
    expect(wasHeldBack).toBe(true);
    await until(() => rb.ears[0]?.received === written, "the last byte");
  });

  it("refuses an address that is taken and says what to do", async () => {
    const make = makeKind();
    const [a, b] = [make(), make()];
    transports.push(a, b);
    const bound = await a.bind(anyPort, new Receiver());
    await expect(b.bind(bound, new Receiver())).rejects.toMatchObject({
      code: "BIND_FAILED",
      message: expect.stringContaining("address already in use: choose another --bind port"),
    });
  });

  it("sends what is queued when it closes, then is silent; its address is free again", async () => {
    const { a, b, at, bt, rb } = await two();
    const ear = new Ear();
    const stream = a.dial(bt, 1_000, ear);
    await until(() => ear.log.includes("open"));
    stream.write(bytes("goodbye"));
    a.sendPacket(bt, bytes("packet goodbye"));
    rb.makeEar = () => new Ear();
    const other = rb.ears[0];
    if (other !== undefined) other.onHeard = () => other.log.includes("end") && other.stream?.end();
    await Promise.all([a.close(), a.close()]);
    await until(() => rb.packets.length === 1 && other?.log.includes("close") === true);
    expect(other?.log).toEqual(["goodbye", "end", "close"]);
    a.sendPacket(bt, bytes("too late"));
    b.sendPacket(at, bytes("too late"));
    const late = new Ear();
    a.dial(bt, 100, late);
    await until(() => late.log.length > 0);
    expect(late.log).toEqual(["close"]);
    const make = makeKind();
    const next = make();
    transports.push(next);
    await next.bind(at, new Receiver());
    expect(rb.packets).toEqual(["packet goodbye"]);
  });

  it("closes at once when a peer keeps a stream open, within its bound", async () => {
    const { a, bt } = await two();
    const ear = new Ear();
    a.dial(bt, 1_000, ear);
    await until(() => ear.log.includes("open"));
    const limit = new Promise((resolve) => setTimeout(resolve, 5_000, "never"));
    expect(await Promise.race([a.close(), limit])).toBeUndefined();
    expect(ear.log.at(-1)).toMatch(/^close/);
  });
});
