import { branchesOf } from "./branches.ts";
import type { QueryPorts } from "./queries.contract.ts";
import type {
  QueryContent,
  QueryEnd,
  QueryKey,
  QueryMessage,
  QueryPart,
  QueryQuestion,
} from "./query.messages.ts";
import type { Run, Scatter } from "./query-run.ts";

/** Every so many repeats even those who have acknowledged are asked what they have. */
const CHECK_EVERY = 4;

/** What this node knows of one member's answers. */
interface Heard {
  /** The life that answers; 0 before it has said so. */
  boot: number;
  /** Answers up to this number were taken. */
  number: number;
  /** Something may have been lost, or was turned away. */
  isOwed: boolean;
}

export interface Plan {
  readonly key: QueryKey;
  readonly question: Omit<QueryQuestion, "timeoutMs" | "passTo" | "kind">;
  readonly timeoutMs: number;
  readonly targets: readonly string[];
}

/**
 * A query over links: the question goes to each member directly, or to many by a tree, and who has
 * not acknowledged in time is asked again directly. Each member answers the asker itself; answers
 * are numbered, taken in order, acknowledged, and sent again when they may have been lost.
 */
export class LinkScatter implements Scatter {
  private readonly ports: QueryPorts;
  private readonly run: Run;
  private readonly plan: Plan;
  private readonly heard = new Map<string, Heard>();
  private readonly deadlineMs: number;
  private timer: number | undefined;
  private repeatsCount = 0;

  constructor(ports: QueryPorts, run: Run, plan: Plan) {
    this.ports = ports;
    this.run = run;
    this.plan = plan;
    this.deadlineMs = ports.now() + plan.timeoutMs;
  }

  /** In a step. */
  begin(): void {
    const { targets } = this.plan;
    const { directMaxCount, fanoutCount } = this.ports.options;
    for (const name of targets) {
      this.run.expect(name, "links");
      this.heard.set(name, { boot: 0, number: 0, isOwed: false });
    }
    if (targets.length <= directMaxCount) for (const name of targets) this.ask(name);
    else for (const { head, rest } of branchesOf(targets, fanoutCount)) this.ask(head, rest);
    this.startRepeating();
  }

  /** In a step. */
  onMessage(from: string, { boot, content }: QueryMessage): void {
    const heard = this.heard.get(from);
    if (heard === undefined) return this.ports.count("queries.dropped.unknown");
    if (!this.run.hear(from, "links")) return this.onDone(from, heard, content);
    if (!this.isOfLife(from, heard, boot)) return;
    if (content.kind === "ack") this.run.onAck(from);
    else if (content.kind === "part") this.onPart(from, heard, content);
    else if (content.kind === "end") this.onEnd(from, heard, content);
    else this.ports.count("queries.dropped.malformed");
  }

  /** What was on its way to or from this member may be lost. */
  onLinkLost(name: string): void {
    const heard = this.heard.get(name);
    if (heard === undefined || !this.run.isPending(name)) return;
    heard.isOwed = true;
    if (this.run.hasAcked(name)) this.receipt(name, heard, "again");
    else this.ask(name);
  }

  onRoom(): void {
    for (const name of this.run.pending("links")) {
      const heard = this.heard.get(name);
      if (heard?.isOwed === true) this.receipt(name, heard, "again");
    }
  }

  onEnded(pending: readonly string[]): void {
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
    for (const name of pending) {
      if (this.heard.has(name)) this.say(name, { kind: "withdrawal" });
    }
  }

  /** A last word may come twice, when its receipt was lost. */
  private onDone(from: string, heard: Heard, content: QueryContent): void {
    this.ports.count("queries.dropped.duplicate");
    if (content.kind !== "part") return;
    if (content.last) this.receipt(from, heard, "taken");
    else this.say(from, { kind: "withdrawal" });
  }

  private isOfLife(from: string, heard: Heard, boot: number): boolean {
    if (heard.boot === 0) heard.boot = boot;
    if (heard.boot === boot) return true;
    if (heard.number === 0) {
      heard.boot = boot;
      return true;
    }
    if (boot > heard.boot) this.run.settle(from, "died", "it has begun another life");
    return false;
  }

  private onPart(from: string, heard: Heard, part: QueryPart): void {
    if (part.number !== heard.number + 1) {
      const isOld = part.number <= heard.number;
      this.ports.count(isOld ? "queries.dropped.duplicate" : "queries.dropped.early");
      if (!isOld) heard.isOwed = true;
      return this.receipt(from, heard, "taken");
    }
    if (this.run.onAnswer(from, part, part.last ? "last" : "more") === "full") {
      this.ports.count("queries.turnedAway");
      heard.isOwed = true;
      return;
    }
    this.ports.count("queries.answers");
    heard.number = part.number;
    this.receipt(from, heard, "taken");
  }

  private onEnd(from: string, heard: Heard, { count, detail, reason }: QueryEnd): void {
    // What came before it is still missing.
    if (count > heard.number) {
      heard.isOwed = true;
      return;
    }
    const { run } = this;
    // Who refuses has got it; who is not meant says so in the place of an ack.
    if (reason !== "unmatched" && reason !== "forgotten") run.onAck(from);
    if (reason === "done") run.settle(from, "answered");
    else if (reason === "unmatched") run.settle(from, "unmatched");
    else if (reason === "failed" || reason === "badAnswer" || reason === "tooLarge") {
      run.onFailure(from, reason, detail);
    } else if (reason === "stopping") run.settle(from, "left", detail);
    else if (reason !== "forgotten") run.settle(from, "refused", `${reason}: ${detail}`);
    else if (heard.number > 0) run.settle(from, "unfinished", "it has given up the query");
    else {
      heard.boot = 0;
      this.ask(from);
    }
  }

  private startRepeating(): void {
    const { repeatIntervalMs } = this.ports.options;
    const delayMs = Math.max(1, Math.min(repeatIntervalMs, this.plan.timeoutMs / 4));
    this.timer = this.ports.timers.startTimer(() => {
      this.startRepeating();
      this.ports.step(() => this.repeat());
    }, delayMs);
  }

  private repeat(): void {
    this.repeatsCount += 1;
    const checksAll = this.repeatsCount % CHECK_EVERY === 0;
    for (const name of this.run.pending("links")) {
      const heard = this.heard.get(name);
      if (heard === undefined) continue;
      if (!this.run.hasAcked(name)) {
        this.ports.count("queries.repeated");
        this.ask(name);
      } else if ((heard.isOwed || checksAll) && !this.run.isFull) {
        this.receipt(name, heard, "again");
      }
    }
  }

  private ask(name: string, passTo: readonly string[] = []): void {
    const leftMs = Math.ceil(this.deadlineMs - this.ports.now());
    if (leftMs <= 0) return;
    this.say(name, { kind: "question", ...this.plan.question, timeoutMs: leftMs, passTo });
  }

  private receipt(name: string, heard: Heard, what: "taken" | "again"): void {
    const again = what === "again";
    if (again) heard.isOwed = false;
    this.say(name, { kind: "receipt", number: heard.number, again });
  }

  private say(to: string, content: QueryContent): void {
    const { key, question } = this.plan;
    const taking = this.ports.post({
      key,
      to,
      content,
      boot: 0,
      relayCount: question.relayCount,
    });
    if (taking !== "taken") this.ports.count("queries.dropped.unsent");
  }
}
