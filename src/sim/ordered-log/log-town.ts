import type { OrdererChange, OrderRequest } from "../../core/orderer.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import { encodeUtf8 } from "../../core/text.ts";
import type { AppendWait } from "../../data/ordered-log/ordered-log.contract.ts";
import {
  type OrderedLogOptions,
  orderedLogOptions,
} from "../../data/ordered-log/ordered-log.options.ts";
import type { RaftServer } from "../raft/raft-server.ts";
import { RaftTown, type RaftTownOptions } from "../raft/raft-town.ts";
import type { SimNode } from "../sim-node.ts";
import { LogInvariants } from "./log-invariants.ts";
import { LogServer, type LogSetting } from "./log-server.ts";

export interface LogTownOptions extends RaftTownOptions {
  readonly log?: Partial<OrderedLogOptions>;
  readonly applies?: LogSetting["applies"];
  /** Who is of a version that asks before it keeps an id; the others know of no guard. */
  readonly asks?: (node: SimNode) => boolean;
  /** Changes of voters are made as the log allows ("careful"), or at once. Default "careful". */
  readonly changes?: "careful" | "careless";
}

/** An ordered log over a Raft group in a simulation, watched at every step. */
export class LogTown {
  readonly raft: RaftTown;
  readonly watch = new LogInvariants();
  readonly options: OrderedLogOptions;
  private readonly running = new Map<number, LogServer>();
  private nextValue = 1;

  constructor({ applies, asks, changes = "careful", log, ...options }: LogTownOptions) {
    this.options = orderedLogOptions(log ?? {});
    const setting: LogSetting = {
      options: this.options,
      watch: this.watch,
      applies: applies ?? (() => "list"),
      nodesCount: () => this.nodes.length,
      isGone: (origin) => this.isGone(origin),
    };
    this.raft = new RaftTown({
      ...options,
      keeps: "nothing",
      onLife: (server) => {
        if (changes === "careful") this.guard(server);
        if (asks?.(server.node) === false) Object.defineProperty(server, "guard", {});
        this.running.set(server.node.index, new LogServer(server, setting));
      },
    });
    const { invariants } = this.raft;
    this.watch.isCommitted = ({ index, term }) => invariants.committed[index]?.term === term;
    const onDiskLost = invariants.onDiskLost.bind(invariants);
    invariants.onDiskLost = (index) => {
      onDiskLost(index);
      this.watch.onDiskLost(index);
    };
  }

  get simulator() {
    return this.raft.simulator;
  }

  get nodes(): readonly SimNode[] {
    return this.raft.nodes;
  }

  /** The servers that run now. */
  get servers(): LogServer[] {
    return this.nodes.flatMap((node) => this.serverOf(node) ?? []);
  }

  get leader(): LogServer | undefined {
    const { leader } = this.raft;
    return leader && this.serverOf(leader.node);
  }

  serverOf(node: SimNode): LogServer | undefined {
    const server = this.running.get(node.index);
    return node.isAlive && server?.life === node.life ? server : undefined;
  }

  /** Calls a server from outside, as one step. */
  call(server: LogServer, body: () => void): void {
    server.node.step(() => {
      body();
      server.look();
    });
  }

  /** Appends something that nobody else does. */
  append(server: LogServer, wait: AppendWait = "ordered"): void {
    const bytes = encodeUtf8(`value ${this.nextValue}`);
    this.nextValue += 1;
    this.call(server, () => server.append(bytes, wait));
  }

  private guard(server: RaftServer): void {
    const change = server.change.bind(server);
    server.change = (wanted: OrdererChange): OrderRequest => {
      const log = this.serverOf(server.node)?.log;
      const isKept =
        wanted.kind === "promote" ? log?.mayPromote(wanted.peer) : log?.mayRemove(wanted.peer);
      return isKept === true ? change(wanted) : server.read();
    };
  }

  private isGone(origin: Origin): boolean {
    const life = parseOrigin(origin);
    const node = this.nodes[Number(life?.name)];
    return node === undefined || !node.isAlive || node.life !== life?.boot;
  }
}
