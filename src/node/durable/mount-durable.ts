import type { DurableEnv } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { DurableProtocol, Protocol } from "../../core/protocol.ts";
import type { DurablePorts } from "./durable-ports.ts";
import { NodeDurableEnv } from "./node-durable-env.ts";

/** A protocol with a door to this node's disk, and the way to it. */
export interface MountedDurable<P> {
  readonly protocol: P;
  /** In a step: begins, once what it needs stands. */
  start(): void;
  /** In a step: what a peer sent it. */
  onBytes(from: PeerId, bytes: Uint8Array): void;
  /** In a step: it hears nothing afterwards, also not of the disk. */
  stop(): void;
}

/**
 * Mounts a protocol that keeps things on disk: `make` builds it, then it gets what the disk held.
 * @throws HearsayError DATA_DIR
 */
export function mountDurable<M, T, R, P extends DurableProtocol<M, T, R>>(
  ports: DurablePorts<M, R>,
  make: (env: DurableEnv<M, T, R>) => P,
): MountedDurable<P> {
  const { host, messages, name } = ports;
  let last: { readonly message: M; readonly bytes: Uint8Array } | undefined;
  const carry = (to: PeerId, message: M): void => {
    // What goes to several peers is put in bytes once.
    if (last?.message !== message) last = { message, bytes: messages.encode(message) };
    ports.carry(to, last.bytes);
  };
  let env: NodeDurableEnv<M, T, R> | undefined;
  const protocol = host.mount<M, T, PeerId, P & Protocol<M, T>>(name, carry, (inner) => {
    env = new NodeDurableEnv<M, T, R>(inner, ports);
    return make(env);
  });
  env?.recover(protocol);
  return {
    protocol,
    start: () => protocol.start(),
    onBytes: (from, bytes) => {
      const message = messages.decode(bytes);
      if (message === undefined) ports.countDropped("malformed");
      else protocol.onMessage(from, message);
    },
    stop: () => {
      protocol.stop();
      env?.stop();
    },
  };
}
