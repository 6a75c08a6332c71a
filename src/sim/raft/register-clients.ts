import type { OrderOutcome, OrderRequest } from "../../core/orderer.ts";
import type { Operation } from "../../testing/linearizability/history.ts";
import type { RegisterInput, RegisterOutput } from "../../testing/linearizability/models.ts";
import type { Simulator } from "../simulator.ts";
import type { RaftServer } from "./raft-server.ts";
import { decodeCommand, encodeCommand } from "./register-machine.ts";

interface Call {
  readonly id: string;
  readonly input: RegisterInput;
  readonly callMs: number;
  readonly node: number;
}

export type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

/** Clients of the registers, each at a server; and the history of what they saw. */
export class RegisterClients {
  private readonly simulator: Simulator;
  private readonly open = new Map<string, Call>();
  private readonly ended: RegisterOperation[] = [];
  private readonly refused = new Set<string>();
  private nextId = 1;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  /** What returned, and what never did. */
  get history(): RegisterOperation[] {
    const lost = [...this.open.values()].map((call) => this.operationOf(call, undefined));
    return [...this.ended, ...lost];
  }

  /** Calls that wait for an answer. */
  get openCount(): number {
    return this.open.size;
  }

  get answeredCount(): number {
    return this.ended.reduce((sum, { returnMs }) => sum + (returnMs < Infinity ? 1 : 0), 0);
  }

  /** Commands that were said to have no effect. */
  isRefused(command: Uint8Array): boolean {
    return this.refused.has(decodeCommand(command).id);
  }

  /** Called within a step of the server. */
  call(server: RaftServer, input: RegisterInput): void {
    const id = String(this.nextId);
    this.nextId += 1;
    const call = { id, input, callMs: this.simulator.nowMs, node: server.node.index };
    const isRead = input.kind === "read";
    const request = isRead ? server.read() : server.propose(encodeCommand({ id, input }));
    this.open.set(nameOf(server, request), call);
  }

  onOutcome(server: RaftServer, request: OrderRequest, outcome: OrderOutcome): void {
    const name = nameOf(server, request);
    const call = this.open.get(name);
    if (call === undefined) return;
    this.open.delete(name);
    if (outcome.kind === "refused") {
      // It certainly has no effect, so it is no part of the history.
      this.refused.add(call.id);
    } else if (outcome.kind === "readable" && call.input.kind === "read") {
      this.ended.push(this.operationOf(call, server.machine.read(call.input.key)));
    } else if (outcome.kind === "ordered") {
      const result = server.machine.resultOf(call.id);
      if (result === undefined) throw new Error(`${call.id} is ordered, and was not applied`);
      this.ended.push(this.operationOf(call, result));
    } else {
      this.ended.push(this.operationOf(call, undefined));
    }
  }

  /** What its process waited for has no answer any more. */
  onRestart(node: number): void {
    for (const [name, call] of this.open) {
      if (call.node !== node) continue;
      this.open.delete(name);
      this.ended.push(this.operationOf(call, undefined));
    }
  }

  private operationOf(call: Call, output: RegisterOutput | undefined): RegisterOperation {
    const returnMs = output === undefined ? Number.POSITIVE_INFINITY : this.simulator.nowMs;
    const { callMs, id, input, node } = call;
    return { process: `${node}/${id}`, callMs, returnMs, input, output };
  }
}

function nameOf(server: RaftServer, request: OrderRequest): string {
  return `${server.node.index} ${server.life} ${request}`;
}
