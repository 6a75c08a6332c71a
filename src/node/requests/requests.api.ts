/** What users type to ask another node: the public types of `node.peer`. */
import type { Topic } from "../topics/topics.api.ts";

/** What is known of a request beside its value. */
export interface RequestContext {
  /** Name of the node that asks. */
  readonly from: string;
  /** Aborted when the answer is not waited for any more. */
  readonly signal: AbortSignal;
}

/** How long a request waits, and which way it goes. */
export interface RequestOptions {
  /** How long to wait for the answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Aborting it ends the wait, and tells the other node. */
  readonly signal?: AbortSignal;
}

/** Another node, as somebody to talk to directly. */
export interface Peer {
  readonly name: string;
  /**
   * Sends `value` to this node alone and resolves to what the answer of its topic (`onRequest`)
   * gave. The value must fit the topic's schema, the answer the topic's `reply`.
   * @throws HearsayError PEER_UNREACHABLE, REQUEST_REFUSED, REQUEST_FAILED, REQUEST_LOST, TIMEOUT,
   *   ABORTED, SCHEMA_INVALID, VALUE_TOO_LARGE, QUEUE_FULL, NODE_STOPPED
   */
  request<In, Reply>(
    topic: Pick<Topic<In, unknown, string, unknown, Reply>, "tag" | "publish" | "~reply">,
    value: In,
    options?: RequestOptions,
  ): Promise<Reply>;
}
