import { type Address, addressKey } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import type {
  ConnectionDoor,
  ConnectionHost,
  ConnectionId,
  ConnectionListener,
} from "../core/connections.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import { assertEqual, type MaybePromise, type TestApi } from "./test-api.ts";

/** A host with connections, and what a test needs of it beside them. */
export interface ConnectionParty {
  readonly host: ConnectionHost & {
    /** Runs `body` as a step of the host. */
    step<R>(body: () => R): R;
  };
  readonly address: Address;
}

/** Two hosts that reach each other, and time that passes. */
export interface ConnectionRig {
  readonly a: ConnectionParty;
  readonly b: ConnectionParty;
  /** Where nobody listens. */
  readonly nowhere: Address;
  /** Lets time pass until it holds. @throws when that takes more than some seconds */
  until(holds: () => boolean, what: string): MaybePromise<void>;
  /** Lets so many milliseconds pass. */
  pass(durationMs: number): MaybePromise<void>;
  /** Gives back what the rig took. */
  close?(): MaybePromise<void>;
}

const TIMEOUT_MS = 1_000;

/** One owner of connections, writing down what it hears. */
class Owner implements ConnectionListener {
  readonly door: ConnectionDoor;
  readonly events: string[] = [];
  readonly accepted: ConnectionId[] = [];
  readonly from: Address[] = [];
  readonly texts = new Map<ConnectionId, string>();
  bytesCount = 0;
  onText: (id: ConnectionId, text: string) => void = () => {};

  constructor(door: ConnectionDoor) {
    this.door = door;
  }

  onConnected(): void {
    this.events.push("connected");
  }

  onAccepted(id: ConnectionId, from: Address): void {
    this.events.push("accepted");
    this.accepted.push(id);
    this.from.push(from);
  }

  onBytes(id: ConnectionId, bytes: Uint8Array): void {
    this.bytesCount += bytes.length;
    if (this.bytesCount > 100_000) return;
    const text = (this.texts.get(id) ?? "") + decodeUtf8(bytes);
    this.texts.set(id, text);
    this.onText(id, text);
  }

  onDrained(): void {
    this.events.push("drained");
  }

  onClosed(): void {
    this.events.push("closed");
  }

  get isClosed(): boolean {
    return this.events.includes("closed");
  }
}

interface Scene {
  readonly rig: ConnectionRig;
  readonly near: Owner;
  readonly far: Owner;
}

type Test = (what: string, body: (scene: Scene) => Promise<void>) => void;

/** What every host with connections keeps. `make` is called once for each test. */
export function connectionContract(
  api: TestApi,
  name: string,
  make: () => MaybePromise<ConnectionRig>,
): void {
  const test: Test = (what, body) => {
    api.test(what, async () => {
      const rig = await make();
      try {
        const near = rig.a.host.mountConnections((door) => new Owner(door));
        const far = rig.b.host.mountConnections((door) => new Owner(door));
        await body({ rig, near, far });
      } finally {
        await rig.close?.();
      }
    });
  };
  api.describe(`connection contract: ${name}`, () => {
    carryTests(test);
    endTests(test);
  });
}

async function connect({ rig, near, far }: Scene): Promise<[ConnectionId, ConnectionId]> {
  const id = rig.a.host.step(() => near.door.connect(rig.b.address, TIMEOUT_MS));
  await rig.until(() => near.events.includes("connected"), "the dialler to hear of it");
  await rig.until(() => far.accepted.length > 0, "the other end to hear of it");
  const [other] = far.accepted;
  assert(other !== undefined, "no connection was accepted");
  return [id, other];
}

function carryTests(test: Test): void {
  test("both ends hear of a connection, once, and not during the step", async (scene) => {
    const { rig, near, far } = scene;
    rig.a.host.step(() => {
      near.door.connect(rig.b.address, TIMEOUT_MS);
      assertEqual(near.events, [], "events during the step");
    });
    await rig.until(() => far.events.length > 0 && near.events.length > 0, "the connection");
    await rig.pass(20);
    assertEqual([near.events, far.events], [["connected"], ["accepted"]], "the events");
    assertEqual(far.from[0]?.host, rig.a.address.host, "where it comes from");
  });

  test("bytes arrive in the order of steps and of writes, both ways", async (scene) => {
    const { rig, near, far } = scene;
    const [id, other] = await connect(scene);
    const step = rig.a.host.step.bind(rig.a.host);
    for (const words of [["one ", "two "], ["three "], ["four"]]) {
      step(() => {
        for (const word of words) near.door.write(id, encodeUtf8(word));
      });
    }
    far.onText = (_, text) => {
      if (text.endsWith("four")) far.door.write(other, encodeUtf8("heard"));
    };
    await rig.until(() => near.texts.get(id) === "heard", "the answer");
    assertEqual(far.texts.get(other), "one two three four", "what arrived");
  });

  test("bytes written before the connection stands are not lost", async ({ rig, near, far }) => {
    rig.a.host.step(() => {
      const id = near.door.connect(rig.b.address, TIMEOUT_MS);
      near.door.write(id, encodeUtf8("early"));
    });
    await rig.until(() => [...far.texts.values()].includes("early"), "the early bytes");
  });

  test("many connections of a pair keep their bytes apart", async ({ rig, near, far }) => {
    far.onText = (id, text) => {
      if (text.endsWith(".")) far.door.write(id, encodeUtf8(`re ${text}`));
    };
    const ids = Array.from({ length: 20 }, (_, number) =>
      rig.a.host.step(() => {
        const id = near.door.connect(rig.b.address, TIMEOUT_MS);
        near.door.write(id, encodeUtf8(`line ${number}.`));
        return id;
      }),
    );
    const wanted = ids.map((_, number) => `re line ${number}.`);
    const isWhole = () => ids.every((id, at) => near.texts.get(id) === wanted[at]);
    await rig.until(isWhole, "all answers");
    assertEqual(new Set(ids).size, ids.length, "different names");
  });

  test("a paused end takes nothing until it resumes", async (scene) => {
    const { rig, near, far } = scene;
    const [id, other] = await connect(scene);
    far.door.pause(other);
    rig.a.host.step(() => near.door.write(id, encodeUtf8("wait")));
    await rig.pass(30);
    assertEqual(far.bytesCount, 0, "bytes taken while paused");
    rig.b.host.step(() => far.door.resume(other));
    await rig.until(() => far.texts.get(other) === "wait", "the bytes");
  });
}

function endTests(test: Test): void {
  test("close sends what is queued; only the other end hears of it", async (scene) => {
    const { rig, near, far } = scene;
    const [id, other] = await connect(scene);
    rig.a.host.step(() => {
      near.door.write(id, encodeUtf8("last words"));
      near.door.close(id);
      near.door.write(id, encodeUtf8("too late"));
    });
    await rig.until(() => far.isClosed, "the other end to hear of the end");
    await rig.pass(20);
    assertEqual(far.texts.get(other), "last words", "what arrived");
    assertEqual(far.events, ["accepted", "closed"], "what the other end heard");
    assertEqual(near.events, ["connected"], "what the closer heard");
    assertEqual(near.door.waitingBytes(id), 0, "bytes waiting on a closed one");
  });

  test("destroy ends it at once for the other end, and for nobody twice", async (scene) => {
    const { rig, near, far } = scene;
    const [, other] = await connect(scene);
    rig.b.host.step(() => {
      far.door.destroy(other);
      far.door.destroy(other);
      far.door.write(other, encodeUtf8("too late"));
    });
    await rig.until(() => near.isClosed, "the dialler to hear of the end");
    await rig.pass(20);
    assertEqual(near.events, ["connected", "closed"], "what the dialler heard");
    assertEqual(far.events, ["accepted"], "what the destroyer heard");
  });

  test("a dial to nobody is closed, once, and not during the step", async ({ rig, near }) => {
    rig.a.host.step(() => {
      const id = near.door.connect(rig.nowhere, TIMEOUT_MS);
      near.door.write(id, encodeUtf8("hello?"));
      assertEqual(near.events, [], "events during the step");
    });
    await rig.until(() => near.isClosed, `the dial to ${addressKey(rig.nowhere)} to fail`);
    await rig.pass(20);
    assertEqual(near.events, ["closed"], "what the dialler heard");
  });

  test("a dial that is given up is heard of by nobody here", async ({ rig, near }) => {
    rig.a.host.step(() => near.door.destroy(near.door.connect(rig.nowhere, TIMEOUT_MS)));
    const late = rig.a.host.step(() => near.door.connect(rig.nowhere, TIMEOUT_MS));
    rig.a.host.step(() => near.door.destroy(late));
    await rig.pass(50);
    assertEqual(near.events, [], "what the dialler heard");
  });
}
