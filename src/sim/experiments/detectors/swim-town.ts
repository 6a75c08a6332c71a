import { addressFromBytes, parseIp } from "../../../core/ip.ts";
import { type PeerId, peerId } from "../../../core/peer.ts";
import type { SwimIdentity, SwimMembership } from "../../../peers/swim/swim.contract.ts";
import type { AliveMessage, SwimMessage } from "../../../peers/swim/swim.messages.ts";
import { swimOptions } from "../../../peers/swim/swim.options.ts";
import type { SwimTimer } from "../../../peers/swim/swim.timers.ts";
import { Swim } from "../../../peers/swim/swim.ts";
import { SwimDetector } from "../../../peers/swim/swim-detector.ts";
import { noPassenger, noReports } from "../../../peers/swim/telling/no-passenger.ts";
import { swimSizes } from "../../../peers/swim/wire/swim-sizes.wire.ts";
import type { SimNode } from "../../sim-node.ts";
import { addressAt } from "../../sim-place.ts";
import type { DetectorTownOptions, Nonsense, TownKind, TownMember } from "./town.contract.ts";

const NOTHING = new Uint8Array(0);
/** memberlist's own. */
const VERSIONS = Uint8Array.of(1, 5, 2, 0, 0, 0);

/** Towns whose nodes are SWIM's members. */
export const swimKind: TownKind = {
  build: (host, options) => new SwimTownMember(host, options),
  peer: (index) => peerId(`n${index}`),
  indexOf: (peer) => Number(String(peer).slice(1)),
  bytesOf: (message) => swimSizes.byteLength(message as SwimMessage),
};

class SwimTownMember implements TownMember {
  readonly detector: SwimDetector;
  private readonly swim: Swim;
  private readonly host: SimNode;

  constructor(host: SimNode, setting: DetectorTownOptions) {
    this.host = host;
    const options = swimOptions("lan", setting.swim);
    const parts: { detector: SwimDetector | undefined } = { detector: undefined };
    this.swim = host.mountStream<SwimMessage, SwimTimer, Swim>("swim", (env) => {
      // SWIM wants its listener first, and the detector wants SWIM: it asks only later.
      const lazy: Pick<SwimMembership, "members" | "evidence"> = {
        get members() {
          return swim.members;
        },
        evidence: (name) => swim.evidence(name),
      };
      const detector = new SwimDetector(lazy, options, () => env.now());
      parts.detector = detector;
      const told = { listener: detector, reports: noReports, counters: { add: () => undefined } };
      const wiring = { sizes: swimSizes, passenger: noPassenger, ...told };
      const swim = new Swim(env, wiring, identityOf(host.index), options);
      return swim;
    });
    if (parts.detector === undefined) throw new Error("a protocol is made when it is mounted");
    this.detector = parts.detector;
    this.swim.start();
  }

  /** Whom it holds for dead or does not know it asks itself. */
  meet(peer: PeerId): void {
    const index = swimKind.indexOf(peer);
    const isNew = this.host.simulator.nowMs === 0;
    if (isNew) this.swim.onMessage(this.host.address, aliveOf(identityOf(index)));
    else this.swim.join(addressAt(index));
  }

  insult({ madeUpCount, of, series }: Nonsense): void {
    const known = identityOf(swimKind.indexOf(of));
    const from = this.host.address;
    const absurd = 2 ** 32 - 1;
    for (let index = 0; index < madeUpCount; index += 1) {
      const node = `nobody-${series}-${index}`;
      this.swim.onMessage(from, { ...aliveOf(known), node, addr: Uint8Array.of(10, 9, 9, 9) });
    }
    const about = { node: known.name, from: "nobody", incarnation: 0 };
    this.swim.onMessage(from, { ...aliveOf(known), incarnation: absurd });
    this.swim.onMessage(from, { kind: "suspect", ...about });
    this.swim.onMessage(from, { kind: "dead", ...about });
    this.swim.onMessage(from, { kind: "ack", seqNo: absurd, payload: NOTHING });
  }
}

function identityOf(index: number): SwimIdentity {
  const { host, port } = addressAt(index);
  const addr = parseIp(host);
  if (addr === undefined || addressFromBytes(addr, port) === undefined) {
    throw new Error("simulated machines have IP addresses");
  }
  const name = String(swimKind.peer(index));
  return { name, addr, port, meta: NOTHING, vsn: VERSIONS };
}

function aliveOf({ addr, meta, name, port, vsn }: SwimIdentity): AliveMessage {
  return { kind: "alive", incarnation: 1, node: name, addr, port, meta, vsn };
}
