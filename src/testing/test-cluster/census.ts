import type { MemberStatus } from "../../node/api.ts";
import type { Fate } from "./machine.ts";

/** What a census needs to know of a machine. */
export interface Subject {
  readonly name: string;
  readonly fate: Fate;
  readonly endedAtMs: number;
  readonly node: {
    readonly members: {
      forEachStatus(visit: (name: string, status: MemberStatus) => void): void;
    };
  };
}

/** Lines of one report; a cluster in which nobody agrees has too many. */
const LINES_MAX = 12;
const NAMES_MAX = 6;

/** `observer` sees `name` as `status` ("unknown": not at all), and that is not how it is. */
interface Complaint {
  readonly observer: string;
  readonly name: string;
  readonly status: MemberStatus | "unknown";
}

/** Who sees whom how, and whether that is how it is. */
export class Census {
  private readonly machines: ReadonlyMap<string, Subject>;
  /** Who disagreed last, and probably still does. */
  private suspectName: string | undefined;

  constructor(machines: ReadonlyMap<string, Subject>) {
    this.machines = machines;
  }

  /** The machines whose nodes run, and neither wait nor are stopped. */
  get running(): Subject[] {
    return [...this.machines.values()].filter(({ fate }) => fate === "runs");
  }

  /** Whether every one of `observers` sees all of them alive and nobody else. */
  isConverged(observers: readonly Subject[]): boolean {
    const names = new Set(observers.map(({ name }) => name));
    const last = observers.find(({ name }) => name === this.suspectName);
    if (last !== undefined && wrongViews(last, names).length > 0) return false;
    const wrong = observers.find((observer) => wrongViews(observer, names).length > 0);
    this.suspectName = wrong?.name;
    return wrong === undefined;
  }

  /** Who of `observers` disagrees about whom, one line for each subject and what is said of it. */
  convergenceReport(observers: readonly Subject[]): string[] {
    const names = new Set(observers.map(({ name }) => name));
    return this.report(observers.flatMap((observer) => wrongViews(observer, names)));
  }

  /** Whether every one of `observers` sees `name` as failed. */
  isDetected(name: string, observers: readonly Subject[]): boolean {
    return observers.every((observer) => statusOf(observer, name) === "failed");
  }

  detectionReport(name: string, observers: readonly Subject[]): string[] {
    const complaints = observers
      .map((observer) => ({ observer: observer.name, name, status: statusOf(observer, name) }))
      .filter(({ status }) => status !== "failed");
    return this.report(complaints);
  }

  private report(complaints: readonly Complaint[]): string[] {
    const groups = new Map<string, Complaint[]>();
    for (const complaint of complaints) {
      const key = `${complaint.name} ${complaint.status}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push(complaint);
    }
    const lines = [...groups.values()].map((group) => this.line(group));
    if (lines.length <= LINES_MAX) return lines;
    return [...lines.slice(0, LINES_MAX), `and ${lines.length - LINES_MAX} more such lines`];
  }

  /** `n3 (crashed at 2,000 ms) is alive to n1, n2`. */
  private line(group: readonly Complaint[]): string {
    const [first] = group;
    if (first === undefined) return "";
    const { name, status } = first;
    const observers = listed(group.map(({ observer }) => observer));
    return `${name} (${this.truthOf(name)}) is ${status} to ${observers}`;
  }

  private truthOf(name: string): string {
    const machine = this.machines.get(name);
    if (machine === undefined) return "not of this cluster";
    const { endedAtMs, fate } = machine;
    if (fate === "runs") return fate;
    return fate === "crashed" || fate === "stopped" ? `${fate} at ${msText(endedAtMs)}` : fate;
  }
}

/** What `observer` sees otherwise than that exactly `names` are alive. */
function wrongViews(observer: Subject, names: ReadonlySet<string>): Complaint[] {
  const wrong: Complaint[] = [];
  let knownCount = 0;
  const known = new Set<string>();
  observer.node.members.forEachStatus((name, status) => {
    const isOne = names.has(name);
    if (isOne) knownCount += 1;
    known.add(name);
    const isRight = isOne ? status === "alive" : status === "failed" || status === "left";
    if (!isRight) wrong.push({ observer: observer.name, name, status });
  });
  if (knownCount === names.size) return wrong;
  for (const name of names) {
    if (!known.has(name)) wrong.push({ observer: observer.name, name, status: "unknown" });
  }
  return wrong;
}

function statusOf(observer: Subject, name: string): MemberStatus | "unknown" {
  let found: MemberStatus | "unknown" = "unknown";
  observer.node.members.forEachStatus((seen, status) => {
    if (seen === name) found = status;
  });
  return found;
}

function listed(names: readonly string[]): string {
  if (names.length <= NAMES_MAX) return names.join(", ");
  return `${names.slice(0, NAMES_MAX).join(", ")} and ${names.length - NAMES_MAX} more`;
}

/** `12,345 ms`, the same in every language of the machine. */
export function msText(ms: number): string {
  const whole = String(Math.round(ms));
  return `${whole.replaceAll(/\B(?=(\d{3})+$)/g, ",")} ms`;
}
