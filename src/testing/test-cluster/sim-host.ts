import type { Address } from "../../core/address.ts";
import type { ConnectionDoor, ConnectionListener } from "../../core/connections.ts";
import type { Env, StreamEnv } from "../../core/env.ts";
import type { HostPort } from "../../core/host-port.ts";
import type { Protocol, StreamProtocol } from "../../core/protocol.ts";
import type { NodeHost, NodeTimers } from "../../node/node-host.ts";
import type { NodeStore } from "../../node/node-store.ts";
import { mountNodeTimers } from "../../sim/node-timer-book.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { CountedStream, CountedStreamEnv, SimHostCounts } from "./counted-stream.ts";
import { GatedDoor } from "./gated-door.ts";
import { SimOutbox } from "./sim-outbox.ts";

export interface SimHostPorts {
  /** User code is about to hear of something. */
  onNews(): void;
  /** The node stopped by itself: it was told to, it left, or it failed. */
  onStopped(): void;
  /** What a name stands for. @throws HearsayError ADDRESS_INVALID */
  resolve(place: HostPort): readonly Address[];
}

/** One life of a machine of the simulator, as the host of a `RunningNode`. */
export class SimHost implements NodeHost {
  readonly counts = new SimHostCounts();
  private readonly machine: SimNode;
  private readonly ports: SimHostPorts;
  private readonly life: number;
  private readonly timers: NodeTimers;
  private readonly outbox: SimOutbox;

  /** To be made in the step that begins the life. */
  constructor(machine: SimNode, store: NodeStore, ports: SimHostPorts) {
    this.outbox = new SimOutbox(store, (body) => machine.afterStep(body));
    this.machine = machine;
    this.ports = ports;
    this.life = machine.life;
    this.timers = mountNodeTimers(machine, (fire) => this.afterStep(fire));
  }

  get isStopped(): boolean {
    return this.machine.life !== this.life || !this.machine.isAlive;
  }

  now(): number {
    return this.machine.clockMs;
  }

  wallClock(): number {
    return this.machine.wallClockMs;
  }

  async resolve(place: HostPort): Promise<readonly Address[]> {
    return place.isIp ? [{ host: place.host, port: place.port }] : this.ports.resolve(place);
  }

  startTimer(fire: () => void, delayMs: number): number {
    return this.isStopped ? -1 : this.timers.startTimer(fire, delayMs);
  }

  stopTimer(key: number): void {
    this.timers.stopTimer(key);
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.machine.simulator.onFault("stop", this.machine);
    this.machine.die("dead");
    this.ports.onNews();
    this.ports.onStopped();
  }

  mountStream<M, T, P extends StreamProtocol<M, T>>(
    channel: string,
    make: (env: StreamEnv<M, T>) => P,
  ): P {
    const counted = this.machine.mountStream<M, T, CountedStream<M, T, P>>(channel, (env) => {
      const counting = new CountedStreamEnv(env, this.counts, this.outbox);
      return new CountedStream(make(counting), counting, this.counts);
    });
    return counted.inner;
  }

  mount<M, T, To, P extends Protocol<M, T, To>>(
    channel: string,
    send: (to: To, message: M) => void,
    make: (env: Env<M, T, To>) => P,
  ): P {
    return this.machine.mount(channel, send, make);
  }

  mountConnections<L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L {
    return this.machine.mountConnections((door) => make(new GatedDoor(door, this.outbox)));
  }

  step<R>(body: () => R): R {
    return this.machine.step(body);
  }

  afterStep(body: () => void): void {
    this.machine.afterStep(() => {
      this.ports.onNews();
      body();
    });
  }
}
