/**
 * Our SWIM on real sockets with nothing on top: meta and user messages are then plain bytes, as an
 * application on memberlist has them.
 */
import { type Address, addressKey } from "../../src/core/address.ts";
import { parseIp } from "../../src/core/ip.ts";
import { peerId } from "../../src/core/peer.ts";
import { RealHost } from "../../src/node/host/real-host.ts";
import type {
  JoinResult,
  SwimCount,
  SwimListener,
  SwimPassenger,
  SwimReports,
} from "../../src/peers/swim/swim.contract.ts";
import { swimOptions } from "../../src/peers/swim/swim.options.ts";
import { Swim } from "../../src/peers/swim/swim.ts";
import { PacketCodec } from "../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import { swimSizes } from "../../src/peers/swim/wire/swim-sizes.wire.ts";
import { udpTcp } from "../../src/transport/udp-tcp/udp-tcp.ts";

const LOOPBACK: Address = { host: "127.0.0.1", port: 0 };
const NO_BYTES = new Uint8Array(0);
const PLAIN_MEMBERLIST = Uint8Array.of(1, 5, 2, 0, 0, 0);

const deaf: SwimListener = {
  onJoin() {},
  onLeave() {},
  onUpdate() {},
  onSuspect() {},
  onRefuted() {},
  onReap() {},
  onConflict() {},
};

export class BareSwim {
  readonly name: string;
  readonly address: string;
  readonly swim: Swim;
  /** User messages, in the order in which they came. */
  readonly received: { readonly payload: Uint8Array; readonly via: "packet" | "stream" }[] = [];
  readonly counts = new Map<SwimCount, number>();
  private readonly host: RealHost;
  private broadcasts: { readonly payload: Uint8Array; left: number }[] = [];
  private readonly joining = new Map<number, (result: JoinResult) => void>();

  private constructor(name: string, host: RealHost, options: { bound: Address; meta: Uint8Array }) {
    this.name = name;
    this.host = host;
    const { bound, meta } = options;
    this.address = addressKey(bound);
    const addr = parseIp(bound.host);
    if (addr === undefined) throw new Error(`${bound.host} is no IP address`);
    const identity = { name, addr, port: bound.port, meta, vsn: PLAIN_MEMBERLIST };
    const wiring = {
      sizes: swimSizes,
      passenger: this.passenger(),
      listener: deaf,
      reports: this.reports(),
      counters: {
        add: (count: SwimCount, by = 1) => {
          this.counts.set(count, (this.counts.get(count) ?? 0) + by);
        },
      },
    };
    this.swim = host.mountStream("swim", (env) => {
      return new Swim(env, wiring, identity, swimOptions("lan"));
    });
    host.step(() => this.swim.start());
  }

  static async start(name: string, meta: Uint8Array): Promise<BareSwim> {
    const codec = {
      label: "",
      keyring: undefined,
      verifyIncoming: true,
      verifyOutgoing: true,
      compression: "off",
    } as const;
    const host = new RealHost({
      self: peerId(name),
      seed: 1,
      transport: udpTcp().create(),
      packets: new PacketCodec(codec),
      streams: new StreamCodec({ ...codec, nodesMaxCount: 1000 }),
      onFatal: (error) => {
        throw error;
      },
    });
    const bound = await host.bind(LOOPBACK);
    return new BareSwim(name, host, { bound, meta });
  }

  join(address: string): Promise<JoinResult> {
    const [host = "", port = ""] = address.split(":");
    return new Promise((resolve) => {
      const id = this.host.step(() => this.swim.join({ host, port: Number(port) }));
      this.joining.set(id, resolve);
    });
  }

  setMeta(meta: Uint8Array): void {
    this.host.step(() => this.swim.updateMeta(meta));
  }

  send(to: string, payload: Uint8Array, via: "packet" | "stream"): void {
    const member = this.swim.members.get(to);
    if (member === undefined) throw new Error(`${this.name} knows no member ${to}`);
    this.host.step(() => {
      if (via === "packet") this.swim.sendUserTo(member, payload);
      else this.swim.sendUserStream(member.address, payload, 5_000);
    });
  }

  /** Goes out with gossip so many times, as memberlist's own queue does. */
  broadcast(payload: Uint8Array): void {
    this.broadcasts.push({ payload, left: 8 });
  }

  stop(): Promise<void> {
    this.host.step(() => this.swim.stop());
    return this.host.stop();
  }

  private passenger(): SwimPassenger {
    return {
      onUser: (_from, payload, via) => {
        this.received.push({ payload: payload.slice(), via });
      },
      takeBroadcasts: () => {
        for (const one of this.broadcasts) one.left -= 1;
        const taken = this.broadcasts.map(({ payload }) => payload);
        this.broadcasts = this.broadcasts.filter(({ left }) => left > 0);
        return taken;
      },
      hasNews: () => this.broadcasts.length > 0,
      hasBroadcasts: () => this.broadcasts.length > 0,
      localState: () => NO_BYTES,
      mergeRemoteState() {},
      ackPayload: () => NO_BYTES,
      onPingComplete() {},
      vetoMerge: () => undefined,
    };
  }

  private reports(): SwimReports {
    return {
      onJoinResult: (id, result) => {
        this.joining.get(id)?.(result);
        this.joining.delete(id);
      },
      onSendResult() {},
      onMetaSent() {},
      onLeft() {},
    };
  }
}
