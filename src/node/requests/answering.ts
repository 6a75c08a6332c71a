import { HearsayError } from "../../core/errors.ts";
import type { PeerId } from "../../core/peer.ts";
import { isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import type { NodeTopic } from "../topics/topic.ts";
import { checkValue, encodeValue, readValue } from "../topics/value-form.ts";
import {
  NO_VALUE,
  type Question,
  type RefusalReason,
  type RequestContent,
} from "./request.messages.ts";
import type { AskerAddress, RequestPorts } from "./requests.contract.ts";

/** A request that is being answered. */
interface Pending {
  readonly peer: PeerId;
  readonly controller: AbortController;
  timer: number;
}

const noBytes = new Uint8Array(0);

/** The answering side: runs the user's code, within bounds, and says what came of it. */
export class Answering {
  private readonly ports: RequestPorts;
  private readonly say: (to: AskerAddress, content: RequestContent) => void;
  private readonly pending = new Map<string, Pending>();
  private readonly countOf = new Map<PeerId, number>();

  constructor(ports: RequestPorts, say: (to: AskerAddress, content: RequestContent) => void) {
    this.ports = ports;
    this.say = say;
  }

  /** In a step. */
  onQuestion(asker: AskerAddress, question: Question): void {
    const key = keyOf(asker);
    if (this.pending.has(key)) return this.ports.count("requests.dropped.malformed");
    const topic = this.ports.topic(question.tag);
    const refusal = this.refusalOf(asker, question, topic);
    if (refusal !== undefined || topic === undefined) {
      return this.refuse(asker, refusal ?? "unknownTopic", `topic ${question.tag}`);
    }
    const reading = readValue(topic.content, question.codec, question.payload);
    if (reading.kind === "bad") return this.refuse(asker, "badValue", reading.detail);
    const controller = new AbortController();
    this.begin(asker, question, controller);
    this.ports.afterStep(() => this.run(asker, topic, reading.value));
  }

  /** The asker does not wait any more. */
  onWithdrawal(asker: AskerAddress): void {
    this.end(asker)?.controller.abort();
  }

  /** What was asked over the link that broke is not waited for. */
  onPeerLost(peer: PeerId): void {
    for (const [key, pending] of [...this.pending]) {
      if (pending.peer !== peer) continue;
      this.forget(key, pending);
      this.ports.afterStep(() => pending.controller.abort());
    }
  }

  /** The node stops. */
  close(): void {
    for (const [key, pending] of [...this.pending]) {
      this.forget(key, pending);
      const id = Number(key.slice(0, key.indexOf(" ")));
      this.say({ peer: pending.peer, id }, refusal("stopping", "the node is stopping"));
      pending.controller.abort();
    }
  }

  private refusalOf(
    { peer }: AskerAddress,
    { tag }: Question,
    topic: NodeTopic | undefined,
  ): RefusalReason | undefined {
    const { answeringMaxCount, answeringPerPeerMaxCount } = this.ports.options;
    if (tag === "" || topic === undefined) return "unknownTopic";
    if (topic.answerer === undefined) return "unanswered";
    const ofPeer = this.countOf.get(peer) ?? 0;
    const isBusy = this.pending.size >= answeringMaxCount || ofPeer >= answeringPerPeerMaxCount;
    return isBusy ? "busy" : undefined;
  }

  private begin(asker: AskerAddress, { timeoutMs }: Question, controller: AbortController): void {
    const { answerMaxMs } = this.ports.options;
    const delayMs = timeoutMs === 0 ? answerMaxMs : Math.min(timeoutMs, answerMaxMs);
    const timer = this.ports.timers.startTimer(() => this.onWithdrawal(asker), delayMs);
    this.pending.set(keyOf(asker), { peer: asker.peer, controller, timer });
    this.countOf.set(asker.peer, (this.countOf.get(asker.peer) ?? 0) + 1);
  }

  /** After the step: it is the user's code. */
  private run(asker: AskerAddress, topic: NodeTopic, value: unknown): void {
    const pending = this.pending.get(keyOf(asker));
    const { answerer } = topic;
    if (pending === undefined) return;
    if (answerer === undefined) return this.fail(asker, "unanswered", `topic ${topic.tag}`);
    const context = { from: String(asker.peer), signal: pending.controller.signal };
    try {
      const result = answerer(value, context);
      if (!isThenable(result)) return this.answer(asker, topic, result);
      result.then(
        (given: unknown) => this.answer(asker, topic, given),
        (error: unknown) => this.fail(asker, "failed", errorText(error)),
      );
    } catch (error) {
      this.fail(asker, "failed", errorText(error));
    }
  }

  private answer(asker: AskerAddress, topic: NodeTopic, value: unknown): void {
    const { codec, reply: schema } = topic.content;
    const form = { codec, schema };
    try {
      checkValue(form, value, `the answer of topic ${JSON.stringify(topic.tag)}`);
      const isNone = value === undefined;
      const payload = isNone ? noBytes : encodeValue(form, value);
      if (this.end(asker) === undefined) return;
      this.ports.count("requests.answered");
      this.say(asker, { kind: "answer", codec: isNone ? NO_VALUE : codec.id, payload });
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      this.ports.onCallbackError(`onRequest of topic ${topic.tag}`, error);
      this.fail(asker, "badAnswer", error.message);
    }
  }

  private fail(asker: AskerAddress, reason: RefusalReason, detail: string): void {
    if (this.end(asker) !== undefined) this.refuse(asker, reason, detail);
  }

  private refuse(asker: AskerAddress, reason: RefusalReason, detail: string): void {
    this.ports.count("requests.refused");
    this.say(asker, refusal(reason, detail));
  }

  private end(asker: AskerAddress): Pending | undefined {
    const key = keyOf(asker);
    const pending = this.pending.get(key);
    if (pending !== undefined) this.forget(key, pending);
    return pending;
  }

  private forget(key: string, { peer, timer }: Pending): void {
    this.pending.delete(key);
    this.ports.timers.stopTimer(timer);
    const left = (this.countOf.get(peer) ?? 1) - 1;
    if (left === 0) this.countOf.delete(peer);
    else this.countOf.set(peer, left);
  }
}

export function refusal(reason: RefusalReason, detail: string): RequestContent {
  return { kind: "refusal", reason, detail };
}

function keyOf({ id, peer }: AskerAddress): string {
  return `${id} ${peer}`;
}
