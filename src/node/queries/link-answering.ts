import { noAnswerer, pumpAnswers } from "./answer-pump.ts";
import { branchesOf } from "./branches.ts";
import type { QueryPorts } from "./queries.contract.ts";
import {
  type EndReason,
  keyText,
  type QueryContent,
  type QueryEnd,
  type QueryKey,
  type QueryMessage,
  type QueryPart,
  type QueryQuestion,
  type QueryReceipt,
  type WrittenValue,
} from "./query.messages.ts";

/** A query that is, or was, answered here, remembered until its deadline. */
interface Answered {
  readonly key: QueryKey;
  readonly relayCount: number;
  readonly windowCount: number;
  readonly controller: AbortController;
  timer: number;
  isRunning: boolean;
  /** Sent, and not known to have come. */
  unconfirmed: QueryPart[];
  confirmedNumber: number;
  lastNumber: number;
  end: QueryEnd | undefined;
  /** Somebody waits until there is room for another. */
  onRoom: ((isWanted: boolean) => void) | undefined;
}

/** The answering side of queries over links: runs the user's code, within bounds. */
export class LinkAnswering {
  private readonly ports: QueryPorts;
  private readonly known = new Map<string, Answered>();
  /**
   * Whose deadline is over, or with what was said to those that came when this node was busy: a
   * question that was long under way, or comes by another way, is not answered again.
   */
  private readonly over = new Map<string, QueryEnd | undefined>();
  private readonly countOf = new Map<string, number>();
  private runningCount = 0;
  private unconfirmedBytes = 0;

  constructor(ports: QueryPorts) {
    this.ports = ports;
  }

  /** In a step. */
  onMessage({ content, ...key }: QueryMessage): void {
    if (content.kind === "question") return this.onQuestion(key, content);
    const answered = this.known.get(keyText(key));
    if (content.kind === "withdrawal") {
      if (answered !== undefined) this.stop(answered);
    } else if (content.kind !== "receipt") this.ports.count("queries.dropped.malformed");
    else if (answered !== undefined) this.onReceipt(answered, content);
    else if (content.again) this.refuse(key, 0, "forgotten");
    else this.ports.count("queries.dropped.unknown");
  }

  /** The node stops: in a step. */
  close(): void {
    for (const answered of this.known.values()) {
      if (answered.isRunning) {
        this.end(answered, "stopping", "the node is stopping");
        this.abort(answered);
      }
      this.ports.timers.stopTimer(answered.timer);
    }
    this.known.clear();
  }

  private onQuestion(key: QueryKey, question: QueryQuestion): void {
    this.passOn(key, question);
    const known = this.known.get(keyText(key));
    const { relayCount } = question;
    if (known !== undefined) {
      this.ports.count("queries.dropped.duplicate");
      return this.sayAgain(known);
    }
    if (this.over.has(keyText(key))) return this.onLate(key, relayCount);
    const verdict = this.ports.judge(question.tags);
    if (verdict === "unmatched") return this.refuse(key, relayCount, "unmatched");
    if (verdict === "busy") return this.refuse(key, relayCount, "busy", "too many tag filters");
    const query = this.ports.find(question.name);
    if (query?.handler === undefined) {
      return this.refuse(key, relayCount, "noAnswerer", noAnswerer(question.name));
    }
    if (this.isBusy(key.asker)) {
      return this.refuse(key, relayCount, "busy", `${this.runningCount} queries are answered`);
    }
    const reading = query.readQuestion(question);
    if (reading.kind === "bad") return this.refuse(key, relayCount, "badValue", reading.detail);
    const answered = this.begin(key, question);
    this.say(answered, { kind: "ack" });
    const { value } = reading;
    this.ports.afterStep(() => {
      if (!answered.isRunning) return;
      const deadline = Math.round(this.ports.wallClock() + this.leftMsOf(question));
      const { signal } = answered.controller;
      const context = { from: key.asker, via: "links", signal, deadline } as const;
      pumpAnswers(query, value, context, this.sinkOf(answered, question.name));
    });
  }

  private onLate(key: QueryKey, relayCount: number): void {
    const said = this.over.get(keyText(key));
    if (said === undefined) return this.ports.count("queries.dropped.late");
    this.ports.count("queries.dropped.duplicate");
    this.post(key, relayCount, said);
  }

  private sinkOf(answered: Answered, name: string) {
    const inStep = (body: () => void): void => {
      if (answered.isRunning) this.ports.step(body);
    };
    return {
      give: (answer: WrittenValue) => {
        inStep(() => this.give(answered, answer, "more"));
        return this.roomFor(answered);
      },
      giveLast: (answer: WrittenValue) => inStep(() => this.give(answered, answer, "last")),
      end: (reason: EndReason, detail: string) => inStep(() => this.end(answered, reason, detail)),
      onCallbackError: (error: unknown) =>
        this.ports.onCallbackError(`the answers of query ${name}`, error),
    };
  }

  private give(answered: Answered, written: WrittenValue, which: "more" | "last"): void {
    const { length } = written.payload;
    if (length > this.ports.options.payloadMaxBytes) {
      return this.end(answered, "tooLarge", `an answer has ${length} bytes, which are too many`);
    }
    answered.lastNumber += 1;
    const { codec, payload } = written;
    const last = which === "last";
    const part: QueryPart = { kind: "part", number: answered.lastNumber, codec, payload, last };
    answered.unconfirmed.push(part);
    this.unconfirmedBytes += length;
    if (last) this.finish(answered, "queries.answered");
    this.say(answered, part);
  }

  private end(answered: Answered, reason: EndReason, detail: string): void {
    answered.end = { kind: "end", count: answered.lastNumber, reason, detail };
    this.finish(answered, reason === "done" ? "queries.answered" : "queries.refused");
    this.say(answered, answered.end);
  }

  /** As many as the window takes may be under way. */
  private roomFor(answered: Answered): Promise<boolean> | boolean {
    if (!answered.isRunning) return false;
    const isCrowded = this.unconfirmedBytes >= this.ports.options.unconfirmedMaxBytes;
    const windowCount = isCrowded ? 1 : answered.windowCount;
    if (answered.unconfirmed.length < windowCount) return true;
    return new Promise((resolve) => {
      answered.onRoom = resolve;
    });
  }

  private onReceipt(answered: Answered, { again, number }: QueryReceipt): void {
    if (number > answered.lastNumber) return this.ports.count("queries.dropped.malformed");
    if (number > answered.confirmedNumber) {
      answered.confirmedNumber = number;
      this.keepOnly(answered, (part) => part.number > number);
      const { onRoom } = answered;
      answered.onRoom = undefined;
      if (onRoom !== undefined) this.ports.afterStep(() => onRoom(answered.isRunning));
    }
    if (again) this.sayAgain(answered);
  }

  private sayAgain(answered: Answered): void {
    this.say(answered, { kind: "ack" });
    for (const part of answered.unconfirmed) this.say(answered, part);
    if (answered.end !== undefined) this.say(answered, answered.end);
  }

  private isBusy(asker: string): boolean {
    const { answeringMaxCount, answeringPerPeerMaxCount, unconfirmedMaxBytes } = this.ports.options;
    if (this.runningCount >= answeringMaxCount) return true;
    if (this.unconfirmedBytes >= unconfirmedMaxBytes) return true;
    return (this.countOf.get(asker) ?? 0) >= answeringPerPeerMaxCount;
  }

  private begin(key: QueryKey, question: QueryQuestion): Answered {
    const { options, timers } = this.ports;
    const timer = timers.startTimer(() => this.forget(key), this.leftMsOf(question));
    const answered: Answered = {
      key,
      relayCount: question.relayCount,
      windowCount: Math.max(1, Math.min(question.windowCount, options.windowCount)),
      controller: new AbortController(),
      timer,
      isRunning: true,
      unconfirmed: [],
      confirmedNumber: 0,
      lastNumber: 0,
      end: undefined,
      onRoom: undefined,
    };
    if (this.known.size >= options.rememberedMaxCount) this.forgetOldest();
    this.known.set(keyText(key), answered);
    this.runningCount += 1;
    this.countOf.set(key.asker, (this.countOf.get(key.asker) ?? 0) + 1);
    return answered;
  }

  private leftMsOf({ timeoutMs }: QueryQuestion): number {
    return Math.min(timeoutMs, this.ports.options.timeoutMaxMs);
  }

  private finish(answered: Answered, count: "queries.answered" | "queries.refused"): void {
    if (this.free(answered)) this.ports.count(count);
  }

  /** Answers of it are not wanted any more. */
  private stop(answered: Answered): void {
    this.keepOnly(answered, () => false);
    if (this.free(answered)) this.abort(answered);
  }

  private abort(answered: Answered): void {
    const { controller, onRoom } = answered;
    answered.onRoom = undefined;
    this.ports.afterStep(() => {
      controller.abort();
      onRoom?.(false);
    });
  }

  private free(answered: Answered): boolean {
    if (!answered.isRunning) return false;
    answered.isRunning = false;
    this.runningCount -= 1;
    const { asker } = answered.key;
    const left = (this.countOf.get(asker) ?? 1) - 1;
    if (left === 0) this.countOf.delete(asker);
    else this.countOf.set(asker, left);
    return true;
  }

  private forget(key: QueryKey): void {
    const text = keyText(key);
    const answered = this.known.get(text);
    if (answered === undefined) return;
    this.known.delete(text);
    this.remember(text, undefined);
    this.ports.timers.stopTimer(answered.timer);
    this.ports.step(() => this.stop(answered));
  }

  private remember(text: string, said: QueryEnd | undefined): void {
    this.over.set(text, said);
    if (this.over.size <= this.ports.options.rememberedMaxCount) return;
    const [oldest] = this.over.keys();
    if (oldest !== undefined) this.over.delete(oldest);
  }

  private forgetOldest(): void {
    const [oldest] = this.known.values();
    if (oldest === undefined) return;
    this.ports.count("queries.dropped.forgotten");
    this.forget(oldest.key);
  }

  private keepOnly(answered: Answered, isKept: (part: QueryPart) => boolean): void {
    for (const part of answered.unconfirmed) {
      if (!isKept(part)) this.unconfirmedBytes -= part.payload.length;
    }
    answered.unconfirmed = answered.unconfirmed.filter(isKept);
  }

  private passOn(key: QueryKey, question: QueryQuestion): void {
    const { fanoutCount } = this.ports.options;
    const { length } = question.passTo;
    // Who is not reached is asked by the asker itself, when it has not acknowledged.
    if (length === 0 || !this.ports.mayPass(length)) return;
    for (const { head, rest } of branchesOf(question.passTo, fanoutCount)) {
      if (head === this.ports.name) continue;
      this.ports.count("queries.passedOn");
      const content = { ...question, passTo: rest };
      this.ports.post({ key, to: head, content, boot: 0, relayCount: 0 });
    }
  }

  private refuse(key: QueryKey, relayCount: number, reason: EndReason, detail = ""): void {
    if (reason !== "unmatched") this.ports.count("queries.refused");
    const content: QueryEnd = { kind: "end", count: 0, reason, detail };
    if (reason === "busy") this.remember(keyText(key), content);
    this.post(key, relayCount, content);
  }

  private say({ key, relayCount }: Answered, content: QueryContent): void {
    this.post(key, relayCount, content);
  }

  private post(key: QueryKey, relayCount: number, content: QueryContent): void {
    const boot = this.ports.boot();
    const taking = this.ports.post({ key, to: key.asker, content, boot, relayCount });
    if (taking !== "taken") this.ports.count("queries.dropped.unsent");
  }
}
