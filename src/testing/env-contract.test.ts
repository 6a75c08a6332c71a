import { describe, expect, test } from "vitest";
import type { Address } from "../core/address.ts";
import type { ConnectionDoor, ConnectionListener } from "../core/connections.ts";
import type { Env, ExchangeId, StreamEnv, TimerId } from "../core/env.ts";
import { peerId } from "../core/peer.ts";
import type { Protocol, StreamProtocol } from "../core/protocol.ts";
import { Random } from "../core/random.ts";
import type { StackHost } from "../core/stack-host.ts";
import type { PacketCoder, StreamCoder, StreamReading } from "../node/host/coders.ts";
import { RealHost } from "../node/host/real-host.ts";
import { Simulator } from "../sim/simulator.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import type { ContractMessage, EnvRig } from "./env-bench.ts";
import { envContract } from "./env-contract.ts";
import { nap, runSuite } from "./test-api.ts";

function simulated(): EnvRig {
  const simulator = new Simulator({ seed: 1 });
  const [a, b] = [simulator.add(() => {}), simulator.add(() => {})];
  return {
    a: { host: a, address: a.address },
    b: { host: b, address: b.address },
    nowhere: { host: "10.9.9.9", port: 7946 },
    pass: (durationMs) => simulator.runForMs(durationMs),
    close: () => {},
  };
}

const encode = (message: ContractMessage): Uint8Array =>
  new TextEncoder().encode(`${message.text}\n`);
const packets: PacketCoder<ContractMessage> = {
  overheadBytes: 0,
  encode,
  decode: (bytes) => ({
    message: { kind: "note", text: new TextDecoder().decode(bytes).slice(0, -1) },
  }),
};
const streams: StreamCoder<ContractMessage> = {
  encodeRequest: encode,
  encodeReply: encode,
  decoder: () => {
    let held = "";
    return {
      feed(bytes): StreamReading<ContractMessage> {
        held += new TextDecoder().decode(bytes);
        if (!held.endsWith("\n")) return { kind: "more" };
        return { kind: "message", message: { kind: "note", text: held.slice(0, -1) } };
      },
    };
  },
};

async function real(): Promise<EnvRig> {
  const network = memoryNetwork();
  const make = async (name: string): Promise<{ host: RealHost; address: Address }> => {
    const host = new RealHost({
      self: peerId(name),
      seed: name.length,
      transport: network.create(),
      packets,
      streams,
      onFatal: (error) => {
        throw error;
      },
    });
    return { host, address: await host.bind({ host: "127.0.0.1", port: 0 }) };
  };
  const [a, b] = [await make("a"), await make("bb")];
  return {
    a,
    b,
    nowhere: { host: "127.0.0.1", port: 9 },
    pass: nap,
    close: async () => {
      await Promise.all([a.host.stop(), b.host.stop()]);
    },
  };
}

envContract({ describe, test }, "simulator", simulated);
envContract({ describe, test }, "real host over memory", real);

type Fault =
  | "sendCallsBack"
  | "timerCallsBack"
  | "timerFiresTwice"
  | "timerTooEarly"
  | "clearDoesNothing"
  | "timersOutOfOrder"
  | "exchangeEndsTwice"
  | "exchangeNeverEnds"
  | "oneDie"
  | "clockStands"
  | "wallClockFraction"
  | "afterStepAtOnce"
  | "stepSwallows"
  | "carriesAtOnce"
  | "sendsToNobody";

const sharedDie = new Random(1);

/** A door with one fault in front of a good one. */
class FaultyEnv implements StreamEnv<ContractMessage, string> {
  readonly self;
  readonly random;
  readonly packetMaxBytes;
  protocol: StreamProtocol<ContractMessage, string> | undefined;
  private readonly inner: StreamEnv<ContractMessage, string>;
  private readonly fault: Fault;
  constructor(inner: StreamEnv<ContractMessage, string>, fault: Fault) {
    this.inner = inner;
    this.fault = fault;
    this.self = inner.self;
    this.packetMaxBytes = inner.packetMaxBytes;
    this.random = fault === "oneDie" ? new Random(1) : inner.random;
  }
  now(): number {
    return this.fault === "clockStands" ? 5 : this.inner.now();
  }
  wallClock(): number {
    return this.inner.wallClock() + (this.fault === "wallClockFraction" ? 0.5 : 0);
  }
  send(to: Address, message: ContractMessage): void {
    if (this.fault === "sendsToNobody") return;
    if (this.fault === "sendCallsBack") this.protocol?.onMessage(to, message);
    else this.inner.send(to, message);
  }
  setTimer(timer: string, delayMs: number): TimerId {
    if (this.fault === "timerCallsBack" && delayMs === 0) this.protocol?.onTimer(timer);
    if (this.fault === "timerFiresTwice") this.inner.setTimer(timer, delayMs + 1);
    if (this.fault === "timerTooEarly") return this.inner.setTimer(timer, delayMs / 2);
    const isOdd = this.fault === "timersOutOfOrder" && timer === "second";
    return this.inner.setTimer(timer, isOdd ? delayMs + 2 : delayMs);
  }
  clearTimer(id: TimerId): void {
    if (this.fault !== "clearDoesNothing") this.inner.clearTimer(id);
  }
  exchange(to: Address, request: ContractMessage, deadlineMs: number): ExchangeId {
    if (this.fault === "exchangeNeverEnds") return 999 as ExchangeId;
    return this.inner.exchange(to, request, deadlineMs);
  }
}

class FaultyHost implements StackHost {
  private readonly inner: StackHost;
  private readonly fault: Fault;
  constructor(inner: StackHost, fault: Fault) {
    this.inner = inner;
    this.fault = fault;
  }
  mountStream<M, T, P extends StreamProtocol<M, T>>(
    channel: string,
    make: (env: StreamEnv<M, T>) => P,
  ): P {
    return this.inner.mountStream<M, T, P>(channel, (env) => {
      // The suite mounts only its own probe.
      const faulty = new FaultyEnv(
        env as unknown as StreamEnv<ContractMessage, string>,
        this.fault,
      );
      const protocol = make(faulty as unknown as StreamEnv<M, T>);
      faulty.protocol = protocol as unknown as StreamProtocol<ContractMessage, string>;
      if (this.fault === "exchangeEndsTwice") {
        const once = protocol.onExchange.bind(protocol);
        protocol.onExchange = (id, outcome) => {
          once(id, outcome);
          once(id, outcome);
        };
      }
      return protocol;
    });
  }
  mount<M, T, To, P extends Protocol<M, T, To>>(
    channel: string,
    send: (to: To, message: M) => void,
    make: (env: Env<M, T, To>) => P,
  ): P {
    return this.inner.mount<M, T, To, P>(channel, send, (env) => {
      if (this.fault === "oneDie") Object.assign(env, { random: sharedDie });
      if (this.fault === "carriesAtOnce") Object.assign(env, { send });
      return make(env);
    });
  }
  mountConnections<L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L {
    return this.inner.mountConnections(make);
  }
  step<R>(body: () => R): R {
    if (this.fault !== "stepSwallows") return this.inner.step(body);
    try {
      return this.inner.step(body);
    } catch {
      return undefined as R;
    }
  }
  afterStep(body: () => void): void {
    if (this.fault === "afterStepAtOnce") body();
    else this.inner.afterStep(body);
  }
}

function faulty(fault: Fault): EnvRig {
  const rig = simulated();
  const [a, b] = [rig.a, rig.b].map(({ host, address }) => ({
    host: new FaultyHost(host, fault),
    address,
  }));
  if (a === undefined || b === undefined) throw new Error("two hosts expected");
  return { ...rig, a, b };
}

describe("the env contract notices", () => {
  test.each<[Fault, string]>([
    ["sendCallsBack", "send only queues"],
    ["sendsToNobody", "send only queues"],
    ["timerCallsBack", "setTimer only queues"],
    ["timerFiresTwice", "timers fire once"],
    ["timersOutOfOrder", "timers fire once"],
    ["timerTooEarly", "no timer fires before its time"],
    ["clearDoesNothing", "a cleared timer does not fire"],
    ["exchangeEndsTwice", "an exchange brings the reply"],
    ["exchangeNeverEnds", "an exchange with nobody fails"],
    ["oneDie", "dice of its own"],
    ["clockStands", "the clock does not go back"],
    ["wallClockFraction", "whole milliseconds"],
    ["afterStepAtOnce", "after the step is said last"],
    ["stepSwallows", "a step returns and throws"],
    ["carriesAtOnce", "carried when it has returned"],
  ])("%s", async (fault, where) => {
    const results = await runSuite((api) => envContract(api, fault, () => faulty(fault)), where);
    expect(results.length).toBe(1);
    expect(results[0]?.error).toBeInstanceOf(Error);
  });

  test("nothing wrong with the simulator", async () => {
    const results = await runSuite((api) => envContract(api, "simulator", simulated));
    expect(results.filter((result) => result.error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(14);
  });
});
