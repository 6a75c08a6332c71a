import type { StandardSchemaV1 } from "@standard-schema/spec";
import { sameBytes } from "../../core/bytes.ts";
import { HearsayError } from "../../core/errors.ts";
import { encodeHex } from "../../core/hex.ts";
import { Counters } from "../../core/metrics.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Signer } from "../../data/ledger/ledger.contract.ts";
import {
  LEDGER_CHANNEL,
  type LedgerMessage,
  type LedgerTimer,
} from "../../data/ledger/ledger.messages.ts";
import { type LedgerOptions, ledgerOptions } from "../../data/ledger/ledger.options.ts";
import { Ledger as LedgerMachine } from "../../data/ledger/ledger.ts";
import { decodeLedgerMessage, encodeLedgerMessage } from "../../data/ledger/ledger.wire.ts";
import type { LedgerOrder } from "../../data/ledger/ledger-ports.ts";
import type { OrderedLog as OrderedLogMachine } from "../../data/ordered-log/ordered-log.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import { NamedFrames } from "../durable/named-frames.ts";
import type { OrderedLogsFace } from "../ordered-log/ordered-logs-face.ts";
import { checkStoreName } from "../versions/checks.ts";
import { StoredValues } from "../versions/stored-values.ts";
import { BlockFiles } from "./block-files.ts";
import { chainIdIn } from "./chain-id.ts";
import type { Ledger, LedgerChoices, LedgerReport, OpenLedger } from "./ledger.api.ts";
import { LedgerAppends } from "./ledger-appends.ts";
import type { LedgerBlocks } from "./ledger-blocks.contract.ts";
import { ledgerFolder } from "./ledger-folder.ts";
import { MemoryBlocks } from "./memory-blocks.ts";
import { newSeed, nodeLedgerCrypto, signerOf } from "./node-crypto.ts";
import { NodeLedger } from "./node-ledger.ts";
import { signerFrom, signerIn } from "./signer-key.ts";

/** The ordered log of a ledger has it before its name. */
const LOG_PREFIX = "ledger/";
/** As it is attached to that log. */
const APPLICATION = "ledger";
/** Ledgers open on one node. [guess] */
const LEDGERS_MAX_COUNT = 64;

type AnyChoices = LedgerChoices<StandardSchemaV1 | undefined>;

interface Open {
  readonly given: AnyChoices;
  readonly face: NodeLedger;
  readonly machine: LedgerMachine;
  readonly blocks: LedgerBlocks;
  /** That the user trusts. */
  readonly chainId: Uint8Array | undefined;
}

/** The ledgers that are open on a node. */
export class LedgersFace implements DataFace {
  /** The same as users type it. */
  readonly opener: OpenLedger;
  private readonly parts: FaceParts;
  private readonly logs: OrderedLogsFace;
  private readonly opened = new Map<string, Open>();
  private readonly counters = new Counters();
  private readonly frames: NamedFrames;

  constructor(parts: FaceParts, logs: OrderedLogsFace) {
    this.parts = parts;
    this.logs = logs;
    this.opener = openerOf((name, choices) => this.openLedger(name, choices));
    this.frames = new NamedFrames({
      channel: LEDGER_CHANNEL,
      links: () => parts.stack().links,
      onDropped: (why) => this.counters.count(`ledger.dropped.${why}`),
    });
  }

  open(): void {
    if (!this.parts.order.isChosen) return;
    this.parts.stack().links.use(LEDGER_CHANNEL, this.frames, "keep");
  }

  /** One that is open here. */
  find(name: string): NodeLedger | undefined {
    return this.opened.get(name)?.face;
  }

  list(): LedgerReport[] {
    return [...this.opened.values()].map(({ face }) => face.status());
  }

  metrics(): Readonly<Record<string, number>> {
    const all = this.list();
    if (all.length === 0) return {};
    const sum = (of: (report: LedgerReport) => number): number =>
      all.reduce((total, report) => total + of(report), 0);
    return {
      ...this.counters.snapshot(),
      "ledger.ledgers": all.length,
      "ledger.height": sum(({ height }) => height),
      "ledger.entries": sum(({ finalIndex }) => finalIndex),
      "ledger.pending": sum(({ pendingCount }) => pendingCount),
      "ledger.halted": sum(({ halted }) => (halted === undefined ? 0 : 1)),
    };
  }

  close(): void {
    for (const { blocks, face, machine } of this.opened.values()) {
      machine.stop();
      face.close();
      // What is under way on the disk ends by itself; it was said to nobody.
      void blocks.close().catch((error: unknown) => this.parts.die(error));
    }
  }

  private openLedger(name: string, choices: AnyChoices): NodeLedger {
    const { order, ports } = this.parts;
    ports.checkRunning();
    order.machines("node.ledger");
    const known = this.opened.get(checkStoreName(name));
    checkChoices(choices);
    if (known !== undefined) {
      checkTrust(name, chainIdIn(choices), known.machine.chainId ?? known.chainId);
      return sameOrThrow(name, known, choices);
    }
    if (this.opened.size >= LEDGERS_MAX_COUNT) {
      throw new HearsayError("STORE_FULL", `${LEDGERS_MAX_COUNT} ledgers are open on this node`);
    }
    const open = this.make(name, choices);
    this.opened.set(name, open);
    return open.face;
  }

  private make(name: string, choices: AnyChoices): Open {
    const { enders, ports } = this.parts;
    const values = new StoredValues({ codec: choices.codec, schema: choices.schema });
    const options = ledgerOptions(choices.numbers);
    const chainId = chainIdIn(choices);
    const { blocks, signer } = this.kept(name, choices);
    checkTrust(name, chainId, blocks.verified?.head.header.chainId);
    const log = this.logs.machine(`${LOG_PREFIX}${name}`);
    const wiring = { log, blocks, signer, options, chainId, founders: choices.signers };
    // They know each other: what the machine tells, the face hears.
    const place: { face?: NodeLedger } = {};
    const machine = this.mount(name, wiring, place);
    const appends = new LedgerAppends({ ...ports, ledger: name, log, enders });
    const face = new NodeLedger({
      ...ports,
      name,
      machine,
      blocks,
      appends,
      signer,
      values,
      enders,
    });
    place.face = face;
    this.frames.take(name, (from, bytes) => {
      const message = decodeLedgerMessage(bytes);
      if (message === undefined) this.counters.count("ledger.dropped.malformed");
      else machine.onMessage(from, message);
    });
    ports.step(() => {
      machine.start();
      log.attach(APPLICATION, {
        onItems: (items) => machine.onItems(items),
        snapshot: () => machine.snapshot(),
        restore: (_, state) => machine.restore(state),
        onGap: ({ orderIndex }) => machine.onGap(orderIndex),
      });
    });
    return { given: choices, face, machine, blocks, chainId };
  }

  /** Where this node keeps its chain and its key. */
  private kept(name: string, { key }: AnyChoices): { blocks: LedgerBlocks; signer: Signer } {
    const { host, logger, order, store } = this.parts;
    const dataDir = order.storage === "disk" ? store?.dataDir : undefined;
    const given = key === undefined ? undefined : signerFrom(key);
    if (dataDir === undefined) {
      const blocks = new MemoryBlocks((body) => host.afterStep(() => host.step(body)));
      return { blocks, signer: given ?? signerOf(newSeed()) };
    }
    const folder = ledgerFolder(dataDir, name);
    const blocks = new BlockFiles({
      folder,
      crypt: nodeLedgerCrypto,
      step: (body) => this.inStep(body),
      onFailed: (error) => this.parts.die(error),
    });
    if (blocks.wasTorn) logger.warn("a crash had left half a block, which was cut off", { folder });
    if (blocks.wasIndexWrong) logger.warn("the index of a ledger was made anew", { folder });
    return { blocks, signer: given ?? signerIn(folder) };
  }

  private mount(name: string, wiring: Wiring, place: { face?: NodeLedger }): LedgerMachine {
    const { blocks, chainId, options, signer } = wiring;
    const carry = (to: PeerId, message: LedgerMessage): void => {
      const taking = this.frames.send(name, to, encodeLedgerMessage(message));
      if (taking !== "taken") this.counters.count("ledger.dropped.unsent");
    };
    return this.parts.host.mount<LedgerMessage, LedgerTimer, PeerId, LedgerMachine>(
      `ledger/${name}`,
      carry,
      (env) =>
        new LedgerMachine({
          env,
          name: this.parts.name,
          chainName: name,
          crypt: nodeLedgerCrypto,
          options,
          signer,
          store: blocks,
          order: this.orderFor(wiring),
          peers: () => this.peers(),
          chainId,
          listener: {
            onFounded: () => {},
            onFinal: (block) => place.face?.onFinal(block),
            onHalted: ({ number, reason }) => {
              const where = { ledger: name, block: number, reason };
              this.parts.logger.error("a ledger takes no more blocks", where);
              place.face?.look();
            },
            onRoom: () => wiring.log.resume(APPLICATION),
            count: (count) => this.counters.count(count),
          },
        }),
    );
  }

  private orderFor({ founders, log }: Wiring): LedgerOrder {
    const orderer = () => this.parts.order.orderer("node.ledger");
    return {
      isLeader: () => orderer().status.isLeader,
      founders: () => founders ?? orderer().members.voters.map(String),
      note: (bytes) => {
        log.note(bytes);
      },
    };
  }

  /** All members of the order but this node. */
  private peers(): PeerId[] {
    const { learners, voters } = this.parts.order.orderer("node.ledger").members;
    const self = peerId(this.parts.name);
    return [...voters, ...learners].filter((peer) => peer !== self);
  }

  private inStep(body: () => void): void {
    try {
      this.parts.host.step(body);
    } catch (error) {
      this.parts.die(error);
    }
  }
}

interface Wiring {
  readonly log: OrderedLogMachine;
  readonly blocks: LedgerBlocks;
  readonly signer: Signer;
  readonly options: LedgerOptions;
  readonly chainId: Uint8Array | undefined;
  readonly founders: readonly string[] | undefined;
}

function openerOf(open: (name: string, choices: AnyChoices) => NodeLedger): OpenLedger {
  function opener<S extends StandardSchemaV1>(
    name: string,
    choices: LedgerChoices<S> & { readonly schema: S },
  ): Ledger<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  function opener<V = unknown>(name: string, choices?: LedgerChoices<undefined>): Ledger<V, V>;
  // What comes out has passed the schema, or is what this user says it is.
  function opener(name: string, choices: AnyChoices = {}): unknown {
    return open(name, choices);
  }
  return opener;
}

const NAMES = ["chainId", "codec", "key", "numbers", "schema", "signers"];

/** @throws HearsayError CONFIG_OPTION */
function checkChoices(choices: unknown): void {
  const isObject = typeof choices === "object" && choices !== null;
  const unknown = isObject ? Object.keys(choices).find((name) => !NAMES.includes(name)) : "";
  if (unknown !== undefined) {
    const known = `Known: ${NAMES.join(", ")}.`;
    throw new HearsayError("CONFIG_OPTION", `${unknown} is no option of ledger. ${known}`);
  }
}

/** @throws HearsayError STORE_CONFLICT where the chain is not the one that the user trusts */
function checkTrust(name: string, trusted?: Uint8Array, known?: Uint8Array): void {
  if (trusted === undefined || known === undefined || sameBytes(trusted, known)) return;
  const what = `ledger ${name} is of chain ${encodeHex(known)} here, not of ${encodeHex(trusted)}`;
  throw new HearsayError("STORE_CONFLICT", `${what}; nothing of it was taken`);
}

/** @throws HearsayError STORE_CONFLICT */
function sameOrThrow(name: string, { face, given }: Open, choices: AnyChoices): NodeLedger {
  const isSame = given.schema === choices.schema && given.codec === choices.codec;
  if (isSame || Object.keys(choices).length === 0) return face;
  const detail = `ledger ${name} is open with another schema or codec`;
  throw new HearsayError("STORE_CONFLICT", `${detail}; open it once and share it`);
}
