import { randomInt } from "node:crypto";
import { networkInterfaces } from "node:os";
import type { Address } from "../core/address.ts";
import { HearsayError } from "../core/errors.ts";
import { parseIp } from "../core/ip.ts";
import { peerId } from "../core/peer.ts";
import { PacketCodec } from "../peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../peers/swim/wire/stream.wire.ts";
import type { Transport } from "../transport/transport.ts";
import { udpTcp } from "../transport/udp-tcp/udp-tcp.ts";
import type { Keyring } from "../wire/keyring.ts";
import { labelBytes } from "../wire/label.ts";
import { linkPreamble } from "../wire/link-record.ts";
import { isLoopback, isWildcard, parsePlace, resolvePlace } from "./address-text.ts";
import type { HearsayNode, Logger, NodeOptions, TransportFactory } from "./api.ts";
import { BootFile, randomSuffix } from "./boot-file.ts";
import { type CheckedOptions, checkedOptions } from "./checked-options.ts";
import type { OtherVoice } from "./health/health.contract.ts";
import { LoopWatch } from "./health/loop-watch.ts";
import { RealHost } from "./host/real-host.ts";
import type { NodeInfoNetwork } from "./info-network/node-info-network.ts";
import { ProcessSensors } from "./monitor/process-sensors.ts";
import { isThreaded, nameFromHost, silentLogger } from "./node-options.ts";
import type { NodeStore } from "./node-store.ts";
import { openStore } from "./open-store.ts";
import type { OrdererChoice } from "./orderer/orderer.api.ts";
import type { OrderChosen } from "./orderer/orderer.contract.ts";
import { RememberedFile } from "./remembered-file.ts";
import type { OpenedResponder } from "./responder/open-responder.ts";
import { RunningNode } from "./running-node.ts";
import { NodeTraffic } from "./traffic/node-traffic.ts";

const DEFAULT_BIND = "127.0.0.1:7946";

/** `startNode`, once everything it needs is loaded. */
export async function launch(options: NodeOptions): Promise<HearsayNode> {
  const checked = checkedOptions(options);
  if (options.signal?.aborted) throw new HearsayError("ABORTED", "the signal was aborted");
  const logger = options.logger ?? silentLogger;
  const fatal: { tell(error: Error): void } = { tell: () => {} };
  const voice = await loadVoice(options, checked, { logger, die: (error) => fatal.tell(error) });
  const transport = voice?.transport ?? transportOf(options.transport ?? udpTcp());
  const bindTo = await oneAddress(options.bind ?? DEFAULT_BIND, "bind");

  const store = options.dataDir === undefined ? undefined : await openStore(options.dataDir);
  try {
    const orderer = await loadOrderer(options.orderer);
    const infoNetwork = await openNetwork(options, logger);
    try {
      const opened = { infoNetwork, orderer, store, transport, voice: voice?.responder };
      const prepared = { ...checked, ...opened, bindTo, fatal, logger };
      return await launchWith(options, prepared);
    } catch (error) {
      await infoNetwork?.stop();
      throw error;
    }
  } catch (error) {
    await store?.close();
    throw error;
  }
}

/** Only who chooses it loads the thread. */
async function loadVoice(
  options: NodeOptions,
  checked: CheckedOptions,
  ports: { readonly logger: Logger; die(error: Error): void },
): Promise<OpenedResponder | undefined> {
  if (!isThreaded(options)) return undefined;
  const { openResponder } = await import("./responder/open-responder.ts");
  return openResponder(options, checked, ports);
}

/** Only who chooses an order loads its engine. */
async function loadOrderer(choice: OrdererChoice | undefined): Promise<OrderChosen | undefined> {
  return choice === undefined ? undefined : { choice, engine: await choice.load() };
}

/** Only who chooses it loads gRPC. */
async function openNetwork(
  { dataDir, infos }: NodeOptions,
  logger: Logger,
): Promise<NodeInfoNetwork | undefined> {
  if (infos?.via !== "grpc") return undefined;
  const { openInfoNetwork } = await import("./info-network/open-info-network.ts");
  return openInfoNetwork(infos, { dataDir, logger });
}

/** What `launch` has made of the options. */
interface Prepared extends CheckedOptions {
  readonly bindTo: Address;
  /** Absent where infos travel by gossip. */
  readonly infoNetwork: NodeInfoNetwork | undefined;
  readonly logger: Logger;
  /** Absent when the node has no order. */
  readonly orderer: OrderChosen | undefined;
  readonly store: NodeStore | undefined;
  readonly transport: Transport;
  /** Absent where the main thread alone answers. */
  readonly voice: OtherVoice | undefined;
  /** Whoever finds that the node cannot go on tells it, once there is one. */
  readonly fatal: { tell(error: Error): void };
}

async function launchWith(options: NodeOptions, prepared: Prepared): Promise<HearsayNode> {
  const { bindTo, fatal, infoNetwork, keyring, logger, orderer, slices, store } = prepared;
  const { tags, transport, voice, wire } = prepared;
  // The disk is last: a boot is only used up by a start that gets this far.
  const { boot, bootKeeper, nameSuffix, past, pastKeeper } = formerLife(options.dataDir, logger);
  const name = options.name ?? nameFromHost(nameSuffix);
  const seed = options.seed ?? randomInt(2 ** 47);

  const codec = codecOptions(options, keyring);
  const traffic = new NodeTraffic();
  const host = new RealHost({
    self: peerId(name),
    seed,
    transport,
    packets: new PacketCodec({ ...codec, meter: traffic.packetMeter }),
    streams: new StreamCodec({ ...codec, nodesMaxCount: slices.swim.membersMaxCount }),
    streamMeter: traffic.streamMeter,
    logger,
    gate: store,
    onFatal: (error) => fatal.tell(error),
    connectionPreamble: linkPreamble(labelBytes(codec.label)),
  });
  infoNetwork?.attach({ host, die: (error) => fatal.tell(error) });
  const bound = await host.bind(bindTo);
  try {
    const told = await advertised(options.advertise, bound);
    if (keyring === undefined && !isLoopback(bound.host)) warnInClear(logger, bound);
    const { label } = codec;
    const identity = { label, name, boot, nameSuffix, seed, tags, wire, bound, told };
    const kept = { bootKeeper, past, pastKeeper, store };
    const node = new RunningNode({
      host,
      identity,
      slices,
      keyring,
      logger,
      infos: options.infos,
      state: options.state,
      tracing: options.tracing,
      monitor: options.monitor,
      processSensors: new ProcessSensors(options.dataDir),
      infoNetwork,
      orderer,
      health: { voice, watch: new LoopWatch() },
      traffic,
      ...kept,
    });
    fatal.tell = (error) => node.die(error);
    await node.open(options);
    return node;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** What the disk tells of the node, and who keeps it there; without one it begins anew. */
function formerLife(dataDir: string | undefined, logger: Logger) {
  const pastKeeper = dataDir === undefined ? undefined : new RememberedFile(dataDir, logger);
  const past = pastKeeper?.read() ?? [];
  const bootKeeper = dataDir === undefined ? undefined : new BootFile(dataDir);
  const fresh = () => ({ boot: Date.now(), nameSuffix: randomSuffix() });
  const { boot, nameSuffix } = bootKeeper?.begin(Date.now()) ?? fresh();
  return { boot, bootKeeper, nameSuffix, past, pastKeeper };
}

function codecOptions(options: NodeOptions, keyring: Keyring | undefined) {
  return {
    label: options.label ?? "",
    keyring,
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: "off",
  } as const;
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

async function oneAddress(text: string, what: string): Promise<Address> {
  const [first] = await resolvePlace(parsePlace(text, what));
  if (first !== undefined) return first;
  throw new HearsayError("ADDRESS_INVALID", `${what}: ${text} stands for no address`);
}

/** Where others find this node, and the bytes of it that SWIM gossips. */
async function advertised(
  text: string | undefined,
  bound: Address,
): Promise<Address & { readonly addr: Uint8Array }> {
  const address = text === undefined ? reachable(bound) : await oneAddress(text, "advertise");
  const port = address.port === 0 ? bound.port : address.port;
  const addr = parseIp(address.host);
  if (addr !== undefined && !isWildcard(address.host)) return { host: address.host, port, addr };
  const detail = `${address.host} is nowhere that others could send to; give advertise: "IP:port"`;
  throw new HearsayError("ADVERTISE_INVALID", detail);
}

/** A node bound to all addresses tells the first one that is not this machine's own loopback. */
function reachable(bound: Address): Address {
  if (!isWildcard(bound.host)) return bound;
  const family = bound.host === "::" ? "IPv6" : "IPv4";
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find((one) => one.family === family && !one.internal);
    if (found !== undefined) return { host: found.address, port: bound.port };
  }
  const detail = `bound to ${bound.host}, but this machine has no address to tell; give advertise`;
  throw new HearsayError("ADVERTISE_INVALID", detail);
}

function warnInClear(logger: { warn(message: string): void }, { host }: Address): void {
  logger.warn(
    `bound to ${host} without keys: whoever reaches this port can read and forge everything; ` +
      "give keys (hearsay keygen makes one), or bind to 127.0.0.1",
  );
}
