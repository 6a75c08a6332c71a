import { type OptionsOf, oneOf } from "../core/options.ts";

/** The numbers of the small facade, `hearsay/gossip`. */
export const gossipDefaults = {
  /** N: peers that a packet is passed to in each round. [spec Raft-ordered gossip §3] */
  fanoutCount: 5,
  /** M: rounds in which it is passed on. [spec §3: N·M ≥ ln n + 4, which 10 is to 400 nodes] */
  roundsCount: 2,
  /** Pause between two rounds of a packet. [spec §3] */
  roundIntervalMs: 50,
  /** Bytes of packets to one peer in a round, in as many datagrams as it takes. [guess] */
  roundMaxBytes: 32_768,
  /** With whom views are exchanged: the oldest known (tail), any, the youngest. [Jelasity 2007] */
  selection: oneOf("tail", "random", "head"),
  /** Which way views travel. [Jelasity 2007: only both ways keep a network whole] */
  propagation: oneOf("pushPull", "push", "pull"),
  /** Who stays where a view is full. [sim sampling-overlay and sampling-healing] */
  viewSelection: oneOf("healSwap", "blind", "random", "healer", "swapper", "head", "tail"),
  /** Order of what is received; `total` is a node with an order. [because: no leader here] */
  mode: oneOf("causal"),
  /** How long a packet waits for others that it came after. [because: 20 rounds] */
  causalWaitMs: 1_000,
  /** Packets that wait so; of more, the one that waits longest goes first. [guess] */
  waitingMaxCount: 10_000,
  /** Packets received and not read yet. [spec §8] */
  receiveMaxCount: 1_000,
  /** What gives way when so many are waiting to be read. [because: news is worth more] */
  onFull: oneOf("dropOldest", "dropNewest", "fail"),
  /** Packets that this node still passes on before `sendGossip` waits. [guess] */
  hotMaxCount: 2_000,
  /** Calls of `sendGossip` that wait; a further one fails. [guess] */
  sendersMaxCount: 1_000,
  /** Largest packet, encoded. [because: more belongs on a stream of its own] */
  dataMaxBytes: 65_536,
  /** Lives of nodes whose packets are told apart; the quiet ones make room. [guess] */
  authorsMaxCount: 1_024,
  /** Entries of a clock, the latest heard first. [because: 256 names are 4 KiB a packet] */
  clockMaxCount: 256,
  /** Packets remembered, so that each is heard once. [because: ten times what is under way] */
  keptMaxCount: 20_000,
  /** Bytes of packets remembered. [guess] */
  keptMaxBytes: 16 * 1024 * 1024,
  /** How long. [because: rumours end within seconds] */
  keptMaxMs: 60_000,
  /** How long `join` waits for the first answer. [because: five tries] */
  joinTimeoutMs: 5_000,
  /** How long a packet too large for a datagram may take. [memberlist LAN: TCPTimeout] */
  streamTimeoutMs: 10_000,
} as const;

export type GossipNumbers = OptionsOf<typeof gossipDefaults>;

/** What no single option can say. */
export function gossipProblem(options: GossipNumbers): string | undefined {
  const ones = ["fanoutCount", "roundsCount", "receiveMaxCount", "hotMaxCount"] as const;
  const none = ones.find((name) => options[name] < 1);
  if (none !== undefined) return `${none} must be 1 or more.`;
  if (options.authorsMaxCount < 2) return "authorsMaxCount must be 2 or more.";
  if (options.roundIntervalMs <= 0) return "roundIntervalMs must be above 0.";
  return undefined;
}
