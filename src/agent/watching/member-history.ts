import { randomBytes } from "node:crypto";
import type { HearsayNode, Member, MemberEvent, MemberStatus, WhyEntry } from "../../node/api.ts";
import type { AgentOptions } from "../agent.options.ts";
import type { TimelineAnswer, TimelineEvent } from "../routes/timeline.messages.ts";

type Bounds = Pick<AgentOptions, "timelineMaxCount" | "timelineEvidenceMaxCount">;
type Listener = (event: MemberEvent, noted: TimelineEvent) => void;

/** What of the past is asked for; from the beginning by default. */
interface TimelineWish {
  /** Events after this number, of the life that is named. */
  readonly since?: number | undefined;
  readonly life?: string | undefined;
  /** Of this member alone. */
  readonly name?: string | undefined;
}

/** What members do, numbered, with the evidence of that moment; the last of it is kept. */
export class MemberHistory {
  private readonly node: HearsayNode;
  private readonly bounds: Bounds;
  private readonly life = randomBytes(9).toString("base64url");
  private readonly beganAt = Date.now();
  private events: TimelineEvent[] = [];
  private lastNumber = 0;
  private readonly listeners = new Set<Listener>();

  constructor(node: HearsayNode, bounds: Bounds) {
    this.node = node;
    this.bounds = bounds;
    for (const event of pastOf(node)) this.note(event);
    node.members.on((event) => {
      const noted = this.note(event);
      for (const listener of [...this.listeners]) listener(event, noted);
    });
  }

  /** Every event from now on. Returns how to stop. */
  on(listener: Listener): () => void {
    const own: Listener = (event, noted) => listener(event, noted);
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  read({ life, name, since = 0 }: TimelineWish): TimelineAnswer {
    const after = life === undefined || life === this.life ? Math.min(since, this.lastNumber) : 0;
    const first = this.events[0]?.number ?? this.lastNumber + 1;
    const events = this.events.filter((event) => {
      return event.number > after && (name === undefined || event.name === name);
    });
    return {
      local: this.node.name,
      life: this.life,
      beganAt: this.beganAt,
      lastNumber: this.lastNumber,
      lostCount: Math.max(0, first - after - 1),
      events,
    };
  }

  private note({ at, kind, member }: MemberEvent): TimelineEvent {
    const { timelineEvidenceMaxCount, timelineMaxCount } = this.bounds;
    this.lastNumber += 1;
    const noted: TimelineEvent = {
      number: this.lastNumber,
      kind,
      at,
      name: member.name,
      address: member.address,
      status: member.status,
      incarnation: member.incarnation,
      degraded: member.degraded !== undefined,
      evidence: this.node.members.why(member.name).slice(-timelineEvidenceMaxCount).map(short),
    };
    this.events.push(noted);
    // Half as much again at most, so that not every event moves all the others.
    if (this.events.length > timelineMaxCount * 1.5) {
      this.events = this.events.slice(-timelineMaxCount);
    }
    return noted;
  }
}

function short({ at, text, what }: WhyEntry): TimelineEvent["evidence"][number] {
  return { at, what, text };
}

const laterKinds: Readonly<Record<MemberStatus, MemberEvent["kind"] | undefined>> = {
  alive: undefined,
  leaving: undefined,
  suspect: "suspect",
  failed: "fail",
  left: "leave",
};

/** What led to the members that were there before anybody listened, as far as evidence tells. */
function pastOf(node: HearsayNode): MemberEvent[] {
  const now = Date.now();
  const events = [...node.members].flatMap((member): MemberEvent[] => {
    if (member.name === node.name) return [];
    const why = node.members.why(member.name);
    const joined: Member = { ...member, status: "alive", degraded: undefined };
    const later = laterKinds[member.status];
    const join: MemberEvent = { kind: "join", member: joined, at: why[0]?.at ?? now };
    return later === undefined
      ? [join]
      : [join, { kind: later, member, at: why.at(-1)?.at ?? now }];
  });
  return events.sort((one, other) => one.at - other.at);
}
