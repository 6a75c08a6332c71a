import type { PeerId } from "../../core/peer.ts";
import type { Announcing } from "./announcing.ts";
import type { Appends } from "./appends.ts";
import type { Assembly } from "./assembly.ts";
import { Carrying } from "./carrying.ts";
import type { Catchup } from "./catchup.ts";
import type { Delivery } from "./delivery.ts";
import type { HeldEvent } from "./event.ts";
import type { Exchanging } from "./exchanging.ts";
import type { Fetching } from "./fetching.ts";
import type { Guarding } from "./guarding.ts";
import type { Intake } from "./intake.ts";
import type { LogContext } from "./log-context.ts";
import type { LogDisk } from "./log-disk.ts";
import type { Nursing } from "./nursing.ts";
import type { MessageOf, OrderedLogMessage, OrderedLogTimer } from "./ordered-log.messages.ts";
import type { Ordering } from "./ordering.ts";
import type { Reporting } from "./reporting.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Spreading } from "./spreading.ts";
import type { Trimming } from "./trimming.ts";
import type { Views } from "./views.ts";

export interface LogParts {
  readonly announcing: Announcing;
  readonly appends: Appends;
  readonly assembly: Assembly;
  readonly catchup: Catchup;
  readonly delivery: Delivery;
  readonly disk: LogDisk;
  readonly guarding: Guarding;
  readonly exchanging: Exchanging;
  readonly fetching: Fetching;
  readonly intake: Intake;
  readonly nursing: Nursing;
  readonly ordering: Ordering;
  readonly reporting: Reporting;
  readonly snapshots: Snapshots;
  readonly spreading: Spreading;
  readonly trimming: Trimming;
  readonly views: Views;
}

/** What each message and timer of an ordered log leads to. */
export class Conversation {
  private readonly log: LogContext;
  private readonly parts: LogParts;
  private readonly carrying: Carrying;

  constructor(log: LogContext, parts: LogParts) {
    this.log = log;
    this.parts = parts;
    this.carrying = new Carrying(log, parts);
  }

  take(from: PeerId, message: OrderedLogMessage): void {
    switch (message.kind) {
      case "push":
        return this.onPush(message);
      case "announce":
        return this.onAnnounce(from, message);
      case "ack":
        return this.onAck(from, message);
      case "fetch":
        return this.onFetch(from, message);
      case "events":
        return this.onEvents(from, message);
      case "want":
        return this.onWant(from, message);
      case "lost":
        return this.parts.guarding.onLost(from, message);
      case "pending":
        return this.parts.exchanging.onPending(from, message.dots);
      case "whoHas":
        return this.onWhoHas(from, message);
      case "lacks":
        return this.parts.nursing.onLacks(from, message.dots);
      case "report":
        return this.parts.trimming.onReport(from, message.report);
      case "snapshotAsk":
        return this.parts.snapshots.onAsk(from, message);
      case "snapshotPiece":
        return this.parts.catchup.inbox.onPiece(from, message);
      case "snapshotNone":
        return this.parts.catchup.inbox.onNone(from);
      case "viewAsk":
        return this.parts.views.onAsk(from);
      case "view":
        return this.parts.views.onView(from, message);
    }
  }

  fire({ kind }: OrderedLogTimer): void {
    switch (kind) {
      case "push":
        return this.parts.spreading.onPushTimer();
      case "rumor":
        return this.parts.spreading.onRumorTimer();
      case "flush":
        return this.parts.disk.onFlushTimer();
      case "want":
        return this.parts.guarding.onTimer();
      case "announce":
        return this.parts.announcing.onTimer();
      case "ack":
        return this.parts.ordering.onAckTimer();
      case "batch":
        return this.parts.ordering.onBatchTimer();
      case "nurse":
        return this.parts.nursing.onTimer();
      case "fetch":
        return this.parts.fetching.onTimer();
      case "exchange":
        return this.parts.exchanging.onTimer();
      case "report":
        this.parts.views.look();
        this.carrying.look();
        return this.parts.reporting.onTimer();
      case "deliver":
        return this.parts.delivery.onTimer();
      case "snapshot":
        return this.parts.catchup.inbox.onTimer();
      case "outcomes":
        return this.parts.appends.onTimer();
    }
  }

  private onPush({ events, way }: MessageOf<"push">): void {
    const known: HeldEvent[] = [];
    for (const bytes of events) {
      const event = this.parts.intake.take(bytes, way);
      // What comes again is wanted: the leader has not heard that it is here.
      if (event !== undefined && this.log.store.isDurable(event)) known.push(event);
    }
    if (way === "direct") this.parts.announcing.announce(known);
  }

  private onAnnounce(from: PeerId, { names }: MessageOf<"announce">): void {
    if (!this.log.order.status.isLeader) return this.log.count("dropped.notLeader");
    this.parts.nursing.onHas(from, names);
    this.parts.ordering.onAnnounce(from, names);
  }

  private onAck(from: PeerId, { load, noted, safe }: MessageOf<"ack">): void {
    const { leader, term } = this.log.order.status;
    if (from !== leader) return this.log.count("dropped.notLeader");
    this.parts.announcing.onAck(noted, term);
    for (const event of this.log.store.pendingAmong(safe)) this.parts.appends.onSafe(event);
    if (load === "overload") this.parts.appends.onSlowdown();
  }

  private onFetch(from: PeerId, { dots }: MessageOf<"fetch">): void {
    const { env, options, store } = this.log;
    const events: Uint8Array[] = [];
    const missing = [];
    let bytes = 0;
    for (const dot of dots.slice(0, options.fetchMaxCount)) {
      const named = store.named(dot);
      if (named.length === 0) missing.push(dot);
      for (const { encoded } of named) {
        if (events.length > 0 && bytes + encoded.length > options.fetchMaxBytes) continue;
        events.push(encoded);
        bytes += encoded.length;
      }
    }
    env.sendNow(from, { kind: "events", events, missing });
  }

  /** An id that no event is here for was decided when it came, or since: see `Guarding`. */
  private onWant(from: PeerId, { names, term }: MessageOf<"want">): void {
    const { env, options, order, store } = this.log;
    const { status } = order;
    const asked = names.slice(0, options.fetchMaxCount);
    const lost = asked.filter(({ dot, hash }) => store.find(dot, hash) === undefined);
    if (lost.length > 0 && status.isLeader && status.term === term) {
      env.sendNow(from, { kind: "lost", term, names: lost });
    }
    const dots = asked.filter((name) => !lost.includes(name)).map(({ dot }) => dot);
    if (dots.length > 0) this.onFetch(from, { kind: "fetch", dots });
  }

  private onEvents(from: PeerId, { events, missing }: MessageOf<"events">): void {
    for (const bytes of events) this.parts.intake.take(bytes, "direct");
    this.parts.assembly.advance();
    this.parts.fetching.onAnswer(from, missing);
    this.parts.guarding.onAnswer(from, events.length);
  }

  private onWhoHas(from: PeerId, { dots }: MessageOf<"whoHas">): void {
    const { env, options, order, state, store } = this.log;
    const asked = dots.slice(0, options.fetchMaxCount);
    const held = asked.flatMap((dot) => store.get(dot) ?? []);
    this.parts.spreading.send(from, "direct", held);
    // Said to one that leads no more, another might count it as here afterwards: see `Assurance`.
    if (from !== order.status.leader) return;
    const lacked = asked.filter(
      (dot) => store.get(dot) === undefined && state.floorOf(dot.origin) < dot.seq,
    );
    if (lacked.length > 0) env.sendNow(from, { kind: "lacks", dots: lacked });
  }
}
