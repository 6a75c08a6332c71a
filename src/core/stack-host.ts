import type { ConnectionHost } from "./connections.ts";
import type { Env, StreamEnv } from "./env.ts";
import type { Protocol, StreamProtocol } from "./protocol.ts";

/**
 * Where the protocols of one node are mounted. The real host and a node of the simulator both
 * implement it, so `node/compose.ts` builds the very same stack on either.
 *
 * A *step* is one call into a protocol from outside (a message, a timer, an exchange's end, a
 * request, a call of the user inside `step`). What the step sends, from any protocol of the node,
 * leaves when it has ended. Steps do not nest.
 */
export interface StackHost extends ConnectionHost {
  /**
   * Mounts the protocol that owns packets and streams. Called once, first.
   * `channel` names its dice and its trace lines.
   */
  mountStream<M, T, P extends StreamProtocol<M, T>>(
    channel: string,
    make: (env: StreamEnv<M, T>) => P,
  ): P;
  /** Mounts a protocol whose messages travel by way of another one: `send` carries them. */
  mount<M, T, To, P extends Protocol<M, T, To>>(
    channel: string,
    send: (to: To, message: M) => void,
    make: (env: Env<M, T, To>) => P,
  ): P;
  /** Runs `body` as one step. Throws what `body` throws. Inside a step it just runs `body`. */
  step<R>(body: () => R): R;
  /**
   * Runs `body` after the current step (at once when there is none), for what must be told last.
   */
  afterStep(body: () => void): void;
}
