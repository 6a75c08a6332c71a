import { type Address, addressKey } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import { HearsayError } from "../core/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import type {
  ByteStream,
  StreamListener,
  Transport,
  TransportReceiver,
} from "../transport/transport.ts";
import { assertEqual, eventually, type MaybePromise, nap, type TestApi } from "./test-api.ts";

/** A place where several transports reach each other, losing nothing on the way. */
export interface TransportRig {
  /** A further transport of the same network, not bound yet. */
  create(): Transport;
  /** What asks for any free port. */
  readonly anyPort: Address;
  /** Gives back what the rig took. */
  close?(): MaybePromise<void>;
}

const DIAL_TIMEOUT_MS = 2_000;
/** More than any datagram holds. */
const OVERSIZE_BYTES = 70_000;
const CHUNK_BYTES = 65_536;
/** Enough to fill the buffers of any system, so that a writer must be held back. */
const BIG_BYTES = 8 * 1024 * 1024;

/** One end of a stream, writing down what it hears. */
class Ear implements StreamListener {
  readonly events: string[] = [];
  readonly stream: ByteStream | undefined;
  text = "";
  bytesCount = 0;
  checksum = 0;
  hasDrained = false;
  onText: (text: string) => void = () => {};

  constructor(stream?: ByteStream) {
    this.stream = stream;
  }

  onOpen(): void {
    this.events.push("open");
  }

  onBytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.checksum = (Math.imul(this.checksum, 31) + byte) | 0;
    this.bytesCount += bytes.length;
    if (this.bytesCount > CHUNK_BYTES) return;
    this.text += decodeUtf8(bytes);
    this.onText(this.text);
  }

  onDrain(): void {
    this.hasDrained = true;
  }

  onEnd(): void {
    this.events.push("end");
  }

  onClose(error: Error | undefined): void {
    this.events.push(error === undefined ? "close" : "close with error");
  }

  get isClosed(): boolean {
    return this.closesCount > 0;
  }

  get closesCount(): number {
    return this.events.filter((event) => event.startsWith("close")).length;
  }
}

class Receiver implements TransportReceiver {
  readonly packets: string[] = [];
  readonly from: string[] = [];
  readonly ears: Ear[] = [];
  readonly errors: string[] = [];
  onEar: (ear: Ear) => void = () => {};

  onPacket(from: Address, bytes: Uint8Array): void {
    this.packets.push(decodeUtf8(bytes));
    this.from.push(addressKey(from));
  }

  onStream(stream: ByteStream): StreamListener {
    const ear = new Ear(stream);
    this.ears.push(ear);
    this.onEar(ear);
    return ear;
  }

  onTransportError(where: string): void {
    this.errors.push(where);
  }
}

interface Party {
  readonly transport: Transport;
  readonly receiver: Receiver;
  readonly address: Address;
}

interface Pair {
  readonly rig: TransportRig;
  readonly a: Party;
  readonly b: Party;
}

async function bound(transport: Transport, at: Address): Promise<Party> {
  const receiver = new Receiver();
  return { transport, receiver, address: await transport.bind(at, receiver) };
}

/** Dials from `a` to `b`; both ends once they are there. */
async function connect({ a, b }: Pair): Promise<{ near: ByteStream; ear: Ear; far: Ear }> {
  const ear = new Ear();
  const near = a.transport.dial(b.address, DIAL_TIMEOUT_MS, ear);
  assertEqual(ear.events, [], "calls before dial returned");
  await eventually(() => ear.events.includes("open"), "the stream to open");
  await eventually(() => b.receiver.ears.length > 0, "the other end to hear of it");
  const far = b.receiver.ears[0] ?? new Ear();
  return { near, ear, far };
}

type Test = (what: string, body: (pair: Pair) => Promise<void>) => void;

/** What every transport keeps. `make` is called once for each test. */
export function transportContract(
  api: TestApi,
  name: string,
  make: () => MaybePromise<TransportRig>,
): void {
  const test: Test = (what, body) => {
    api.test(what, async () => {
      const rig = await make();
      const transports = [rig.create(), rig.create()] as const;
      try {
        const a = await bound(transports[0], rig.anyPort);
        const b = await bound(transports[1], rig.anyPort);
        await body({ rig, a, b });
      } finally {
        await Promise.all(transports.map((transport) => transport.close()));
        await rig.close?.();
      }
    });
  };
  api.describe(`transport contract: ${name}`, () => {
    packetTests(test);
    streamTests(test);
    streamEndTests(test);
    backPressureTests(test);
    pauseTests(test);
    closeTests(test);
  });
}

function packetTests(test: Test): void {
  test("binds a free port, and refuses one that is taken", async ({ rig, a, b }) => {
    assert(a.address.port > 0 && a.address.port <= 65_535, `port ${a.address.port}`);
    assert(addressKey(a.address) !== addressKey(b.address), "both have the same address");
    const third = rig.create();
    let failure: unknown;
    try {
      await third.bind(a.address, new Receiver());
    } catch (error) {
      failure = error;
    } finally {
      await third.close();
    }
    const code = failure instanceof HearsayError ? failure.code : String(failure);
    assertEqual(code, "BIND_FAILED", "the error of a taken address");
  });

  test("carries packets both ways, later than sendPacket, from the bound address", async (pair) => {
    const { a, b } = pair;
    a.transport.sendPacket(b.address, encodeUtf8("there"));
    assertEqual(b.receiver.packets, [], "packets before sendPacket returned");
    await eventually(() => b.receiver.packets.length > 0, "the packet");
    b.transport.sendPacket(a.address, encodeUtf8("back"));
    await eventually(() => a.receiver.packets.length > 0, "the packet back");
    assertEqual([b.receiver.packets, a.receiver.packets], [["there"], ["back"]], "the packets");
    assertEqual(b.receiver.from, [addressKey(a.address)], "the sender");
  });

  test("carries a packet of 1,400 bytes whole", async ({ a, b }) => {
    const text = "0123456789abcd".repeat(100);
    a.transport.sendPacket(b.address, encodeUtf8(text));
    await eventually(() => b.receiver.packets.length > 0, "the packet");
    assertEqual(b.receiver.packets, [text], "the packet");
  });

  test("drops what is too large or goes nowhere, and still works", async ({ rig, a, b }) => {
    const gone = await bound(rig.create(), rig.anyPort);
    await gone.transport.close();
    a.transport.sendPacket(b.address, new Uint8Array(OVERSIZE_BYTES));
    a.transport.sendPacket(gone.address, encodeUtf8("nobody"));
    a.transport.sendPacket(b.address, encodeUtf8("sane"));
    await eventually(() => b.receiver.packets.length > 0, "the sane packet");
    await nap(20);
    assertEqual(b.receiver.packets, ["sane"], "what arrived");
  });
}

function streamTests(test: Test): void {
  test("a stream echoes, and knows whom it talks to", async (pair) => {
    const { near, ear, far } = await connect(pair);
    assertEqual(addressKey(near.remote), addressKey(pair.b.address), "remote of the dialer");
    assertEqual(far.stream?.remote.host, pair.a.address.host, "remote host of the other");
    far.onText = (text) => text.endsWith("?") && far.stream?.write(encodeUtf8(`echo ${text}`));
    near.write(encodeUtf8("who "));
    near.write(encodeUtf8("is there?"));
    await eventually(() => ear.text.length >= 18, "the echo");
    assertEqual([far.text, ear.text], ["who is there?", "echo who is there?"], "what was heard");
  });

  test("bytes written before a stream is open are not lost", async ({ a, b }) => {
    const ear = new Ear();
    const near = a.transport.dial(b.address, DIAL_TIMEOUT_MS, ear);
    near.write(encodeUtf8("early"));
    await eventually(() => b.receiver.ears[0]?.text === "early", "the early bytes");
  });

  test("one end may finish while the other goes on", async (pair) => {
    const { near, ear, far } = await connect(pair);
    near.write(encodeUtf8("that is all"));
    near.end();
    near.write(encodeUtf8("ignored"));
    await eventually(() => far.events.includes("end"), "the end");
    assertEqual([far.text, far.events.includes("close")], ["that is all", false], "half-close");
    far.stream?.write(encodeUtf8("answer after the end"));
    far.stream?.end();
    await eventually(() => ear.isClosed && far.isClosed, "both ends to close");
    assertEqual(ear.text, "answer after the end", "what came after the end");
    assertEqual(ear.events, ["open", "end", "close"], "what the dialer heard");
    assertEqual(far.events.at(-1), "close", "an orderly close");
  });
}

function streamEndTests(test: Test): void {
  test("a dial that nobody takes closes with an error, once", async ({ rig, a }) => {
    const gone = await bound(rig.create(), rig.anyPort);
    await gone.transport.close();
    const ear = new Ear();
    a.transport.dial(gone.address, DIAL_TIMEOUT_MS, ear);
    assertEqual(ear.events, [], "calls before dial returned");
    await eventually(() => ear.isClosed, "the refusal");
    await nap(20);
    assertEqual(ear.events, ["close with error"], "what the dialer heard");
  });

  test("destroy ends a stream at once, for both, once each", async (pair) => {
    const { near, ear, far } = await connect(pair);
    near.destroy();
    near.destroy();
    near.write(encodeUtf8("ignored"));
    near.end();
    await eventually(() => ear.isClosed && far.isClosed, "both ends to close");
    await nap(20);
    assertEqual([ear.closesCount, far.closesCount, far.text], [1, 1, ""], "how often, and what");
  });

  test("many streams at once keep their bytes apart", async ({ a, b }) => {
    const count = 20;
    b.receiver.onEar = (ear) => {
      ear.onText = (text) => text.endsWith(".") && ear.stream?.write(encodeUtf8(text));
    };
    const ears = Array.from({ length: count }, (_, index) => {
      const ear = new Ear();
      a.transport.dial(b.address, DIAL_TIMEOUT_MS, ear).write(encodeUtf8(`stream ${index}.`));
      return ear;
    });
    await eventually(() => ears.every((ear) => ear.text.endsWith(".")), "all echoes");
    const texts = ears.map((ear) => ear.text);
    assertEqual(
      texts,
      texts.map((_, index) => `stream ${index}.`),
      "the echoes",
    );
  });
}

function backPressureTests(test: Test): void {
  test("a fast writer is held back and let go on, and nothing is lost", async (pair) => {
    const { near, ear, far } = await connect(pair);
    const chunk = Uint8Array.from({ length: CHUNK_BYTES }, (_, index) => index * 7);
    const expected = new Ear();
    let wasHeldBack = false;
    for (let sent = 0; sent < BIG_BYTES; sent += CHUNK_BYTES) {
      expected.onBytes(chunk);
      ear.hasDrained = false;
      if (near.write(chunk)) continue;
      wasHeldBack = true;
      await eventually(() => ear.hasDrained, "onDrain after write returned false");
    }
    near.end();
    assert(wasHeldBack, `${BIG_BYTES} bytes were taken at once: nothing bounds the buffer`);
    await eventually(() => far.events.includes("end"), "the end behind the last byte", 10_000);
    assertEqual(far.bytesCount, BIG_BYTES, "how many bytes arrived");
    assertEqual(far.checksum, expected.checksum, "their checksum");
  });
}

function pauseTests(test: Test): void {
  test("a paused end takes nothing, and everything once it resumes", async (pair) => {
    const { near, ear, far } = await connect(pair);
    const waiting = (): number => far.stream?.waitingBytes ?? 0;
    near.pause();
    far.stream?.write(new Uint8Array(BIG_BYTES));
    await nap(50);
    assertEqual(ear.bytesCount, 0, "bytes taken while paused");
    assert(waiting() > 0, `of ${BIG_BYTES} bytes none waits, and nobody reads them`);
    near.resume();
    await eventually(() => ear.bytesCount === BIG_BYTES, "all bytes", 10_000);
    await eventually(() => waiting() === 0, "nothing to wait any more");
  });
}

function closeTests(test: Test): void {
  test("close may be called twice, and frees the address", async ({ rig, a }) => {
    await Promise.all([a.transport.close(), a.transport.close()]);
    await a.transport.close();
    const next = await bound(rig.create(), a.address);
    assertEqual(addressKey(next.address), addressKey(a.address), "the address bound again");
    await next.transport.close();
  });

  test("close sends what is queued", async (pair) => {
    const { near, far } = await connect(pair);
    near.write(encodeUtf8("goodbye"));
    pair.a.transport.sendPacket(pair.b.address, encodeUtf8("packet"));
    await pair.a.transport.close();
    await eventually(() => far.text === "goodbye", "the last bytes");
    await eventually(() => pair.b.receiver.packets.length > 0, "the last packet");
  });

  test("close ends open streams and harms nobody who goes on", async (pair) => {
    const { near, ear } = await connect(pair);
    await pair.a.transport.close();
    await eventually(() => ear.isClosed, "the open stream to close");
    near.write(encodeUtf8("too late"));
    near.end();
    pair.a.transport.sendPacket(pair.b.address, encodeUtf8("too late"));
    const late = new Ear();
    pair.a.transport.dial(pair.b.address, DIAL_TIMEOUT_MS, late);
    await eventually(() => late.isClosed, "the late dial to fail");
    assertEqual(late.events.includes("open"), false, "the late dial opened");
    assertEqual(pair.b.receiver.packets, [], "packets after the close");
  });
}
