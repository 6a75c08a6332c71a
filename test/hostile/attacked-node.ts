/** A whole node on a scripted transport: the real host and all that `compose` builds. */
import type { Address } from "../../src/core/address.ts";
import { resolveOptions } from "../../src/core/options.ts";
import { peerId } from "../../src/core/peer.ts";
import { agreementDefaults } from "../../src/exchange/agreement/agreement.options.ts";
import { broadcastDefaults } from "../../src/exchange/broadcast/broadcast.options.ts";
import { compose } from "../../src/node/compose.ts";
import { NodeCounters } from "../../src/node/counters.ts";
import { keyringPort } from "../../src/node/faces/node-keyring.ts";
import { RealHost } from "../../src/node/host/real-host.ts";
import type { StackListener, StackOptions } from "../../src/node/stack/stack.contract.ts";
import type { Stack } from "../../src/node/stack/stack.ts";
import { reconnectDefaults } from "../../src/peers/reconnect/reconnect.options.ts";
import { serfDefaults } from "../../src/peers/serf/serf.options.ts";
import { successionDefaults } from "../../src/peers/succession/succession.options.ts";
import { swimDefaults } from "../../src/peers/swim/swim.options.ts";
import { PacketCodec } from "../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import { Keyring } from "../../src/wire/keyring.ts";
import { codecOptions, type Door } from "./doors.ts";
import { HostileFailure } from "./failure.ts";
import { knownNames, ownName } from "./mutation/names.ts";
import { addrOf, hearsayMeta } from "./mutation/own-messages.ts";
import { ScriptedTransport } from "./scripted-transport.ts";

export const membersMaxCount = 96;
const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5);
export const ownPort = 7_946;

/** Bounds small enough to be reached within a batch. */
export const tightOptions: StackOptions = {
  swim: resolveOptions("swim", swimDefaults, {
    membersMaxCount,
    relaysMaxCount: 32,
    evidenceReapedMaxCount: 16,
  }),
  serf: resolveOptions("serf", serfDefaults, {
    membersMaxCount: 128,
    intentsMaxCount: 64,
    queueMaxCount: 128,
    stateEntriesMaxCount: 256,
    openQueriesMaxCount: 64,
    eventBufferMaxBytes: 65_536,
    perTimeMaxCount: 16,
  }),
  reconnect: resolveOptions("reconnect", reconnectDefaults),
  succession: resolveOptions("succession", successionDefaults),
  broadcast: resolveOptions("broadcast", broadcastDefaults, {
    queueMaxCount: 64,
    queueOwnMaxCount: 32,
    tagsMaxCount: 16,
    originsMaxCount: 16,
    gapsMaxCount: 16,
    lettersMaxCount: 16,
  }),
  agreement: resolveOptions("agreement", agreementDefaults),
};

export function quietListener(): StackListener {
  return {
    onMembership: () => {},
    onRumor: () => "accepted",
    onUserEvent: () => {},
    onQuery: () => {},
    onQueryDone: () => {},
    onLeft: () => {},
    onConflictLost: () => {},
    onConflict: () => {},
    onForeign: () => {},
    onPastToKeep: () => {},
    onBootRaised: () => {},
  };
}

export class AttackedNode {
  readonly door: Door;
  readonly transport = new ScriptedTransport();
  readonly counters = new NodeCounters();
  readonly packets: PacketCodec;
  readonly streams: StreamCodec;
  readonly host: RealHost;
  readonly stack: Stack;
  private fatal: Error | undefined;

  constructor(door: Door, options: StackOptions = tightOptions) {
    const codec = codecOptions(door);
    const nodesMaxCount = options.swim.membersMaxCount;
    this.door = door;
    this.packets = new PacketCodec(codec);
    this.streams = new StreamCodec({ ...codec, nodesMaxCount });
    this.host = new RealHost({
      self: peerId(ownName),
      seed: 1,
      transport: this.transport,
      packets: this.packets,
      streams: this.streams,
      onFatal: (error) => {
        this.fatal = error;
      },
    });
    void this.host.bind({ host: "10.0.0.1", port: ownPort });
    this.stack = compose(this.host, {
      name: ownName,
      addr: addrOf(ownName),
      port: ownPort,
      tags: new Map([["who", ownName]]),
      boot: 1,
      wire: "serf",
      options,
      counters: this.counters,
      listener: quietListener(),
      // A ring of its own: a forged key command must not change the keys of the attacker's door.
      keyring: keyringPort(new Keyring([new Uint8Array(16).fill(1)])),
    });
    for (const name of knownNames.slice(1)) this.introduce(name);
  }

  /** A member joins as members do. */
  introduce(name: string, incarnation = 1): void {
    const addr = addrOf(name);
    const bytes = this.packets.encode({
      kind: "alive",
      incarnation,
      node: name,
      addr,
      port: ownPort,
      meta: hearsayMeta,
      vsn,
    });
    this.transport.deliver(this.stranger, Uint8Array.from(bytes));
  }

  get stranger(): Address {
    return { host: "10.9.9.9", port: 4_000 };
  }

  /** Throws when a protocol threw, or the host stopped for any reason. */
  checkRunning(): void {
    if (this.fatal !== undefined) throw this.fatal;
    if (this.host.isStopped) throw new HostileFailure("service", "the host has stopped");
    for (const reason of ["packet.codecFailed", "stream.codecFailed"]) {
      if (this.host.counts.droppedCount(reason) > 0) throw new HostileFailure("exception", reason);
    }
  }

  /** A ping in the right wrapping is answered by an ack with its number. */
  checkAnswersPing(seqNo: number): void {
    const ping = { kind: "ping" as const, seqNo, node: ownName, ...noSource };
    this.transport.takeSent();
    this.transport.deliver(this.stranger, Uint8Array.from(this.packets.encode(ping)));
    const isAnswered = this.transport.takeSent().some(({ bytes }) => {
      const read = this.packets.decode(bytes);
      if ("drop" in read) return false;
      const { message } = read;
      const parts = message.kind === "compound" ? message.parts : [message];
      return parts.some((part) => part.kind === "ack" && part.seqNo === seqNo);
    });
    if (!isAnswered) throw new HostileFailure("service", "a ping got no ack");
  }

  stop(): void {
    this.stack.stop();
    void this.host.stop();
  }
}

const noSource = { sourceAddr: new Uint8Array(0), sourcePort: 0, sourceNode: "" };
