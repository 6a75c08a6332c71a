import { PacketCodec, type PacketCodecOptions } from "../src/peers/swim/wire/packet.wire.ts";
import { Keyring } from "../src/wire/keyring.ts";
import { judged, type MeasuredRow, median, type Row } from "./bench.ts";
import { breathe, measure, type PacketCost, type PacketLane } from "./support/burst-course.ts";
import { bareLane, hostLane, type MessageMaker } from "./support/packet-lanes.ts";

const ROUNDS_COUNT = 7;
const BURSTS_COUNT = 60;
/** CPU per packet through host, codec and protocol, over a bare socket's. */
const RATIO_TARGET = 1.5;

const sourceAddr = Uint8Array.of(127, 0, 0, 1);
const payload = Uint8Array.from({ length: 100 }, (_, at) => (at * 37) & 255);
const noPayload = new Uint8Array(0);

const makers: Readonly<Record<string, MessageMaker>> = {
  ping: (seqNo) => ({
    kind: "ping",
    seqNo,
    node: "node-b.example",
    sourceAddr,
    sourcePort: 7946,
    sourceNode: "node-a.example",
  }),
  ack: (seqNo) => ({ kind: "ack", seqNo, payload: noPayload }),
  user: () => ({ kind: "user", payload }),
};

const plain: PacketCodecOptions = {
  label: "",
  keyring: undefined,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: "off",
};
const codecs: Readonly<Record<string, PacketCodecOptions>> = {
  plain,
  encrypted: { ...plain, keyring: new Keyring([Uint8Array.from({ length: 32 }, (_, at) => at)]) },
  compressed: { ...plain, compression: "lzw" },
};

interface Pair {
  readonly id: string;
  readonly hasTarget: boolean;
  readonly bare: PacketLane;
  readonly ours: PacketLane;
  readonly rounds: { readonly bare: PacketCost; readonly ours: PacketCost }[];
}

export const name = "packets";
export const description =
  "CPU per packet through host, codec and protocol, against a bare dgram socket";

export async function run(): Promise<Row[]> {
  const pairs = await openPairs();
  try {
    // The first round warms up and is not counted.
    for (let round = 0; round <= ROUNDS_COUNT; round += 1) {
      for (const pair of pairs) {
        await breathe();
        const bare = await measure(pair.bare, BURSTS_COUNT);
        await breathe();
        const ours = await measure(pair.ours, BURSTS_COUNT);
        if (round > 0) pair.rounds.push({ bare, ours });
      }
    }
  } finally {
    for (const pair of pairs) await Promise.all([pair.bare.close(), pair.ours.close()]);
  }
  return pairs.flatMap(rowsOf);
}

async function openPairs(): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const [codecName, codec] of Object.entries(codecs)) {
    for (const [kind, make] of Object.entries(makers)) {
      const id = codecName === "plain" ? kind : `${kind} ${codecName}`;
      // The bare socket carries the clear bytes: what it would cost to send them without us.
      const bytes = new PacketCodec(plain).encode(make(1));
      const bare = await bareLane(`bare ${id}`, bytes);
      const ours = await hostLane(id, make, codec);
      pairs.push({ id, hasTarget: codecName === "plain", bare, ours, rounds: [] });
    }
  }
  return pairs;
}

function rowsOf(pair: Pair): Row[] {
  const { id, rounds } = pair;
  const middle = (of: (cost: PacketCost) => number): MeasuredRow => ({
    id: "",
    value: round3(median(rounds.map(({ ours }) => of(ours)))),
    unit: "µs CPU/packet",
    peer: `bare dgram ${round3(median(rounds.map(({ bare }) => of(bare))))} µs`,
    ratio: round3(median(rounds.map(({ bare, ours }) => of(ours) / of(bare)))),
  });
  const total = { ...middle((cost) => cost.sendMicros + cost.receiveMicros), id: `${id} total` };
  const lost = rounds.reduce((sum, { ours, bare }) => sum + ours.lostCount + bare.lostCount, 0);
  return [
    { ...middle((cost) => cost.sendMicros), id: `${id} send` },
    { ...middle((cost) => cost.receiveMicros), id: `${id} receive` },
    pair.hasTarget ? judged(total, { of: "ratio", atMost: RATIO_TARGET }) : total,
    { id: `${id} lost`, value: lost, unit: "packets" },
  ];
}

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}
