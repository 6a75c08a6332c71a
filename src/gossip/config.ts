import { randomInt } from "node:crypto";
import type { Address } from "../core/address.ts";
import { HearsayError } from "../core/errors.ts";
import { parseHostPort } from "../core/host-port.ts";
import { parseIp } from "../core/ip.ts";
import { resolveOptions } from "../core/options.ts";
import { peerId } from "../core/peer.ts";
import { utf8ByteLength } from "../core/text.ts";
import { checkRumorOptions, rumorDefaults } from "../exchange/rumor/rumor.options.ts";
import { isLoopback, isWildcard, parsePlace, resolvePlace } from "../node/address-text.ts";
import type { Logger, TransportFactory } from "../node/api.ts";
import { NodeCounters } from "../node/counters.ts";
import { RealHost } from "../node/host/real-host.ts";
import { silentLogger } from "../node/node-options.ts";
import { MessageQueue, type QueueOptions } from "../node/topics/subscription.ts";
import {
  type SamplingOptions,
  type SamplingPreset,
  samplingDefaults,
  samplingOptions,
  samplingPresets,
} from "../peers/sampling/sampling.options.ts";
import type { Transport } from "../transport/transport.ts";
import { udpTcp } from "../transport/udp-tcp/udp-tcp.ts";
import { type GossipNumbers, gossipDefaults, gossipProblem } from "./gossip.options.ts";
import { Gossip, type OpenGossip } from "./gossip.ts";
import {
  findCodec,
  GossipNode,
  type GossipNodeSetup,
  payloadMaxBytes,
  rumorsOf,
} from "./gossip-node.ts";
import type { GossipPacket } from "./packet.ts";
import { ParcelCodec } from "./parcel.wire.ts";
import type { ConfiguredTotal, TotalOptions } from "./total.api.ts";
import { configTotal } from "./total-config.ts";

/** Longest id, in bytes: it travels with every packet. [memberlist: names of 128 bytes] */
const ID_MAX_BYTES = 128;
/** What a frame has beside one packet. */
const FRAME_MARGIN_BYTES = 4_096;

/** Everything may be left out; the numbers and their origins are in docs/reference/options.md. */
export interface GossipOptions extends Partial<GossipNumbers> {
  /** Single numbers of the peer sampling, or a published protocol by name, such as "cyclon". */
  readonly sampling?: SamplingPreset | Partial<SamplingOptions>;
  /** `host:port` that others find this node at, where that is not where it listens. */
  readonly advertise?: string;
  /** Default: UDP, and TCP for what is too large for a datagram. */
  readonly transport?: TransportFactory;
  readonly logger?: Logger;
}

/** Packets as they are delivered. Read once; what is read is gone. */
export interface Receive<Data> extends AsyncIterable<GossipPacket<Data>> {
  /** Packets lost because nobody read them in time. */
  readonly dropped: number;
}

/**
 * A node that gossips, without a cluster to set up: it knows a few random peers, and what it sends
 * each node passes to N peers in each of M rounds.
 *
 * @param host IP address or name of this machine to listen at.
 * @param port of UDP and TCP; 0 is any free one.
 * @param id unique among all nodes; 1 to 128 bytes.
 * @throws HearsayError CONFIG_OPTION, NAME_INVALID. That the address is taken is told by whatever
 *   is called next.
 */
export function config<Data = unknown>(
  host: string,
  port: number,
  id: string,
  options?: GossipOptions,
): Configured<Data>;
/**
 * The same on a node with an order, with `mode: "total"`: all receive all packets in one order,
 * their own among them. See docs/small-facade.md.
 */
export function config<Data = unknown, State = unknown>(
  host: string,
  port: number,
  id: string,
  options: TotalOptions<Data, State>,
): ConfiguredTotal<Data, State>;
export function config(
  host: string,
  port: number,
  id: string,
  // What packets and states are is what the user says they are.
  options: GossipOptions | TotalOptions<unknown, unknown> = {},
): unknown {
  checkId(id);
  checkPlace(host, port);
  if (typeof options !== "object" || options === null) {
    throw new HearsayError("CONFIG_OPTION", "the options of config are an object");
  }
  const mode: unknown = options.mode ?? "causal";
  if (mode !== "causal" && mode !== "total") {
    const rule = 'must be one of "causal", "total"';
    throw new HearsayError("CONFIG_OPTION", `gossip.mode is ${String(mode)}, but ${rule}.`);
  }
  return options.mode === "total"
    ? configTotal(placeText(host, port), id, options)
    : configCausal({ host, port, id }, options);
}

function configCausal(
  { host, id, port }: { readonly host: string; readonly id: string; readonly port: number },
  options: GossipOptions,
): Configured<unknown> {
  const { advertise, logger, sampling, transport, ...given } = options;
  const numbers = resolveOptions("gossip", gossipDefaults, given, gossipProblem);
  const rumor = rumorsOf(numbers, resolveOptions("rumor", rumorDefaults, {}, checkRumorOptions));
  const counters = new NodeCounters();
  const receive = new Receiver({ queueMax: numbers.receiveMaxCount, onFull: numbers.onFull });
  const protocols = {
    id,
    numbers,
    rumor,
    sampling: samplingOf(numbers, sampling),
    counters,
    onPacket: (packet: GossipPacket) => receive.queue.push(packet),
  };
  const fatal: { tell(error: Error): void } = { tell: () => undefined };
  const onFatal = (error: Error): void => fatal.tell(error);
  const opening = openNode({ host, port, advertise, transport, logger, onFatal }, protocols);
  receive.waitFor(opening);
  const onStopped = (): void => receive.queue.close();
  const counts = () => ({ ...counters.snapshot(), "gossip.dropped.unread": receive.dropped });
  const gossip = new Gossip({ id, numbers, opening, counts, onStopped });
  fatal.tell = (error) => gossip.fail(error);
  return { gossip, receive };
}

/** What `config` returns: the node, and what it hears. */
export interface Configured<Data> {
  readonly gossip: Gossip;
  readonly receive: Receive<Data>;
}

interface OpenSetup {
  readonly host: string;
  readonly port: number;
  readonly advertise: string | undefined;
  readonly transport: TransportFactory | undefined;
  readonly logger: Logger | undefined;
  readonly onFatal: (error: Error) => void;
}

async function openNode(
  setup: OpenSetup,
  protocols: Omit<GossipNodeSetup, "boot" | "address">,
): Promise<OpenGossip> {
  const { advertise, logger = silentLogger, onFatal } = setup;
  const codec = new ParcelCodec(findCodec, frameMaxBytes(protocols.numbers));
  const host = new RealHost({
    self: peerId(protocols.id),
    seed: randomInt(2 ** 47),
    transport: transportOf(setup.transport ?? udpTcp()),
    packets: codec,
    streams: codec,
    logger,
    onFatal,
  });
  const place = { name: undefined, host: setup.host, port: setup.port };
  const isIp = parseIp(setup.host) !== undefined;
  const [wanted] = await resolvePlace({ ...place, isIp });
  if (wanted === undefined) throw new HearsayError("ADDRESS_INVALID", `${setup.host} is nowhere`);
  const bound = await host.bind(wanted);
  try {
    const address = await toldAddress(bound, advertise);
    if (!isLoopback(bound.host)) warnInClear(logger, bound);
    const boot = host.wallClock();
    const node = host.step(() => new GossipNode(host, { ...protocols, boot, address }));
    return { host, node, address };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** Where others are told to find a node that listens at `bound`. */
async function toldAddress(bound: Address, advertise: string | undefined): Promise<Address> {
  if (advertise === undefined) {
    if (!isWildcard(bound.host)) return bound;
    const fix = 'give advertise: "host:port", which others can send to';
    throw new HearsayError("ADVERTISE_INVALID", `${bound.host} is nowhere to send to; ${fix}`);
  }
  const [told] = await resolvePlace(parsePlace(advertise, "advertise"));
  if (told !== undefined && !isWildcard(told.host)) return told;
  throw new HearsayError("ADVERTISE_INVALID", `${advertise} is nowhere that others could send to`);
}

/** Views by the names of the papers, and by single numbers on top. */
function samplingOf(
  numbers: GossipNumbers,
  choice: SamplingPreset | Partial<SamplingOptions> = {},
): SamplingOptions {
  const given = typeof choice === "string" ? presetOf(choice) : choice;
  const { propagation, selection, viewSelection } = numbers;
  const exchangeMaxCount = given.exchangeMaxCount ?? samplingDefaults.exchangeMaxCount;
  const kinds: Readonly<Record<GossipNumbers["viewSelection"], Partial<SamplingOptions>>> = {
    healSwap: {},
    blind: { viewSelection: "blind" },
    // What the earlier paper calls rand is blind in the later one. [Jelasity 2004, 2007]
    random: { viewSelection: "blind" },
    healer: { healCount: exchangeMaxCount, swapCount: 0 },
    swapper: { healCount: 0, swapCount: exchangeMaxCount },
    head: { viewSelection: "head" },
    tail: { viewSelection: "tail" },
  };
  const chosen = { peerSelection: selection, propagation, ...kinds[viewSelection] };
  return samplingOptions({ ...chosen, ...given });
}

function presetOf(name: string): Partial<SamplingOptions> {
  const found = Object.entries(samplingPresets).find(([one]) => one === name);
  if (found !== undefined) return found[1];
  const names = Object.keys(samplingPresets).join(", ");
  const detail = `sampling is ${JSON.stringify(name)}, but must be one of ${names}, or an object`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

/** The packets of one node, for whoever reads them; fails where the node could not listen. */
class Receiver implements Receive<unknown> {
  readonly queue: MessageQueue<GossipPacket>;
  private opening: Promise<unknown> = Promise.resolve();

  constructor(options: QueueOptions) {
    this.queue = new MessageQueue<GossipPacket>(options);
  }

  get dropped(): number {
    return this.queue.dropped;
  }

  waitFor(opening: Promise<unknown>): void {
    this.opening = opening;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<GossipPacket> {
    await this.opening;
    for (;;) {
      const next = await this.queue.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
}

function transportOf(factory: TransportFactory): Transport {
  const made = factory.create();
  if (isTransport(made)) return made;
  const detail = `transport ${JSON.stringify(factory.name)} makes no transport; see transport.ts`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

function isTransport(made: unknown): made is Transport {
  if (typeof made !== "object" || made === null) return false;
  return ["bind", "sendPacket", "dial", "close"].every(
    (method) => typeof Reflect.get(made, method) === "function",
  );
}

function frameMaxBytes(numbers: GossipNumbers): number {
  return payloadMaxBytes(numbers.dataMaxBytes) + FRAME_MARGIN_BYTES;
}

function checkId(id: string): void {
  const bytes = typeof id === "string" ? utf8ByteLength(id) : 0;
  if (bytes >= 1 && bytes <= ID_MAX_BYTES && !hasControls(id)) return;
  const rule = `a text of 1 to ${ID_MAX_BYTES} bytes without control characters`;
  throw new HearsayError("NAME_INVALID", `the id is ${JSON.stringify(id)}, but must be ${rule}`);
}

function hasControls(text: string): boolean {
  return [...text].some((letter) => letter < " " || letter === "\u007f");
}

function checkPlace(host: string, port: number): void {
  const isPort = Number.isInteger(port) && port >= 0 && port <= 0xffff;
  const text = placeText(host, port);
  if (isPort && parseHostPort(text, 0) !== undefined) return;
  const fix = 'give an IP address or a name, and a port from 0 to 65535: config("127.0.0.1", 7401';
  throw new HearsayError("ADDRESS_INVALID", `${text} is no address to listen at; ${fix}, id)`);
}

function placeText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function warnInClear(logger: Logger, { host }: Address): void {
  logger.warn(
    `gossip listens at ${host} without keys: whoever reaches this port can read and forge ` +
      "everything; listen at 127.0.0.1, or use startNode with keys",
  );
}
