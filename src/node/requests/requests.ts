import { HearsayError } from "../../core/errors.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { LinkTaking, LinkUser } from "../links/links.contract.ts";
import { tagOf } from "../topics/tag-of.ts";
import type { NodeTopic } from "../topics/topic.ts";
import type { Topic } from "../topics/topics.api.ts";
import { readValue, validRead } from "../topics/value-form.ts";
import { checkTimeout, waitFor } from "../waits.ts";
import { Answering, refusal } from "./answering.ts";
import {
  type AnswerValue,
  NO_VALUE,
  type Question,
  REQUEST_CHANNEL,
  type Refusal,
  type RequestContent,
} from "./request.messages.ts";
import { decodeRequest, encodeRequest } from "./request.wire.ts";
import type { Peer, RequestOptions } from "./requests.api.ts";
import type { AskerAddress, RequestPorts } from "./requests.contract.ts";

/** A request of this node that is not answered yet. */
interface Asked {
  readonly peer: PeerId;
  readonly topic: NodeTopic;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type AskedTopic = Pick<Topic<never, unknown>, "tag" | "publish" | "~reply">;

interface Given {
  readonly value: unknown;
  readonly options: RequestOptions | undefined;
}

class NodePeer implements Peer {
  readonly name: string;
  private readonly ask: (topic: AskedTopic, given: Given) => Promise<unknown>;

  constructor(name: string, ask: (topic: AskedTopic, given: Given) => Promise<unknown>) {
    this.name = name;
    this.ask = ask;
  }

  request<In, Reply>(
    topic: Pick<Topic<In, unknown, string, unknown, Reply>, "tag" | "publish" | "~reply">,
    value: In,
    options?: RequestOptions,
  ): Promise<Reply>;
  // What it resolves to has passed the topic's schema of replies.
  request(topic: AskedTopic, value: unknown, options?: RequestOptions): Promise<unknown> {
    return this.ask(topic, { value, options });
  }
}

/** `node.peer(name)`: requests to single nodes, over links, and the answers to theirs. */
export class NodeRequests implements LinkUser {
  private readonly ports: RequestPorts;
  private readonly answering: Answering;
  private readonly asked = new Map<number, Asked>();
  private nextId = 1;
  private isClosed = false;

  constructor(ports: RequestPorts) {
    this.ports = ports;
    this.answering = new Answering(ports, (to, content) => this.say(to, content));
  }

  /** The links stand. */
  open(): void {
    this.ports.links().use(REQUEST_CHANNEL, this, "keep");
  }

  peer(name: string): Peer {
    if (typeof name !== "string" || name === "") {
      throw new HearsayError("CONFIG_OPTION", "peer takes the name of a node");
    }
    return new NodePeer(name, (topic, given) => this.ask(name, topic, given));
  }

  onMessage(from: PeerId, bytes: Uint8Array): void {
    const message = decodeRequest(bytes);
    if (message === undefined) return this.ports.count("requests.dropped.malformed");
    const { content, id } = message;
    const asker = { peer: from, id };
    if (content.kind === "question") this.answering.onQuestion(asker, content);
    else if (content.kind === "withdrawal") this.answering.onWithdrawal(asker);
    else this.onEnd(from, id, content);
  }

  /** No link stood in time: what was asked was not asked, what was answered is lost. */
  onUnsent(_to: PeerId, bytes: Uint8Array): void {
    const message = decodeRequest(bytes);
    if (message?.content.kind !== "question") return this.ports.count("requests.dropped.unsent");
    const asked = this.take(message.id);
    if (asked !== undefined) this.reject(asked, unreachable(String(asked.peer)));
  }

  onLinkLost(peer: PeerId): void {
    this.answering.onPeerLost(peer);
    for (const [id, asked] of [...this.asked]) {
      if (asked.peer !== peer) continue;
      this.asked.delete(id);
      this.ports.count("requests.lost");
      const detail = `the link to ${peer} broke before it answered; it may have carried it out`;
      this.reject(asked, new HearsayError("REQUEST_LOST", detail));
    }
  }

  /** The node stops. */
  close(): void {
    this.answering.close();
    const error = new HearsayError("NODE_STOPPED", `node ${this.ports.name} was stopped`);
    this.isClosed = true;
    const asked = [...this.asked.values()];
    this.asked.clear();
    for (const one of asked) one.reject(error);
  }

  private async ask(name: string, asked: AskedTopic, given: Given): Promise<unknown> {
    const topic = this.ownTopic(asked);
    const { signal, timeoutMs = this.ports.options.timeoutMs } = given.options ?? {};
    this.ports.checkRunning();
    checkTimeout(timeoutMs);
    const payload = topic.write(given.value);
    if (this.asked.size >= this.ports.options.askedMaxCount) {
      const detail = `${this.asked.size} requests wait for their answers; wait for some of them`;
      throw new HearsayError("QUEUE_FULL", detail);
    }
    const { codec } = topic.content;
    const question: Question = {
      kind: "question",
      tag: topic.tag,
      codec: codec.id,
      payload,
      timeoutMs: Math.ceil(timeoutMs),
    };
    return waitFor<unknown>({
      timeoutMs,
      ...(signal && { signal }),
      timers: this.ports.timers,
      what: `the answer of ${name} to ${JSON.stringify(topic.tag)}`,
      begin: (outcome) => this.begin({ peer: peerId(name), topic, ...outcome }, question),
    });
  }

  /** @returns what is to be done when nobody waits any more. */
  private begin(asked: Asked, question: Question): () => void {
    const id = this.nextId;
    this.nextId += 1;
    const to = { peer: asked.peer, id };
    this.asked.set(id, asked);
    try {
      this.ports.step(() => this.send(to, question));
    } catch (error) {
      this.asked.delete(id);
      throw error;
    }
    this.ports.count("requests.asked");
    return () => {
      if (this.take(id) !== undefined) this.say(to, { kind: "withdrawal" });
    };
  }

  /** In a step. @throws HearsayError PEER_UNREACHABLE, QUEUE_FULL, VALUE_TOO_LARGE */
  private send(to: AskerAddress, question: Question): void {
    const name = String(to.peer);
    if (name === this.ports.name) {
      this.ports.afterStep(() => this.ports.step(() => this.answering.onQuestion(to, question)));
      return;
    }
    const taking = this.transmit(to, question);
    if (taking === "taken") return;
    if (taking === "noLink")
      throw unreachable(name, this.ports.isMember(name) ? "member" : "stranger");
    if (taking === "full") {
      throw new HearsayError("QUEUE_FULL", `too much waits to be sent to ${name} already`);
    }
    const { length } = question.payload;
    const { payloadMaxBytes } = this.ports.options;
    const detail = `the request has ${length} bytes, but ${payloadMaxBytes} are the most`;
    throw new HearsayError("VALUE_TOO_LARGE", detail);
  }

  private transmit({ id, peer }: AskerAddress, content: RequestContent): LinkTaking {
    const payloadBytes = "payload" in content ? content.payload.length : 0;
    if (payloadBytes > this.ports.options.payloadMaxBytes) return "tooLarge";
    return this.ports.links().send(peer, REQUEST_CHANNEL, encodeRequest({ id, content }));
  }

  /** Whatever is no question; when it cannot be sent, the other end has its own clock. */
  private say(to: AskerAddress, content: RequestContent): void {
    if (String(to.peer) === this.ports.name) return this.sayToSelf(to, content);
    if (this.isClosed) return;
    const taking = this.transmit(to, content);
    if (taking === "taken") return;
    this.ports.count("requests.dropped.unsent");
    if (taking !== "tooLarge" || content.kind !== "answer") return;
    const detail = `the answer has ${content.payload.length} bytes, which are too many`;
    this.transmit(to, refusal("tooLarge", detail));
  }

  private sayToSelf({ id, peer }: AskerAddress, content: RequestContent): void {
    this.ports.afterStep(() => {
      if (content.kind === "withdrawal") this.answering.onWithdrawal({ id, peer });
      else if (content.kind !== "question") this.onEnd(peer, id, content);
    });
  }

  private onEnd(from: PeerId, id: number, content: AnswerValue | Refusal): void {
    const asked = this.asked.get(id);
    if (asked === undefined || asked.peer !== from) {
      return this.ports.count("requests.dropped.unknown");
    }
    this.asked.delete(id);
    if (content.kind === "refusal") return this.reject(asked, refusedError(asked, content));
    const { codec, reply: schema } = asked.topic.content;
    const form = { codec, schema };
    const reading =
      content.codec === NO_VALUE
        ? validRead(form, undefined)
        : readValue(form, content.codec, content.payload);
    if (reading.kind === "value") {
      const { value } = reading;
      return this.ports.afterStep(() => asked.resolve(value));
    }
    const detail = `${from} answered what this node cannot take: ${reading.detail}`;
    this.reject(asked, new HearsayError("REQUEST_FAILED", detail));
  }

  private take(id: number): Asked | undefined {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    return asked;
  }

  private reject(asked: Asked, error: HearsayError): void {
    this.ports.afterStep(() => asked.reject(error));
  }

  private ownTopic(given: AskedTopic): NodeTopic {
    const tag = tagOf(given);
    const topic = tag === undefined ? undefined : this.ports.topic(tag);
    if (topic !== undefined && Object.is(topic, given)) return topic;
    const detail = `request: topic ${JSON.stringify(tag)} was not opened on this node`;
    throw new HearsayError("CONFIG_OPTION", detail);
  }
}

function unreachable(name: string, who: "member" | "stranger" = "member"): HearsayError {
  const detail =
    who === "member"
      ? `no link to ${name} could be opened; the request was not sent`
      : `no member that takes requests is called ${JSON.stringify(name)}`;
  return new HearsayError("PEER_UNREACHABLE", detail);
}

function refusedError({ peer }: Asked, { detail, reason }: Refusal): HearsayError {
  switch (reason) {
    case "failed":
    case "badAnswer":
    case "tooLarge":
      return new HearsayError("REQUEST_FAILED", `${peer}: ${detail}`);
    case "stopping":
      return new HearsayError("REQUEST_LOST", `${peer}: ${detail}`);
    default:
      return new HearsayError("REQUEST_REFUSED", `${peer}: ${reason}: ${detail}`);
  }
}
