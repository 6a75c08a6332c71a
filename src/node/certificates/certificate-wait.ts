import { makeOrigin, type Origin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { HoldingAnswer, Standing, Subject } from "./certificate.messages.ts";
import type {
  Certificate,
  CertificateView,
  Evidence,
  GoneMember,
  Missing,
  PartialCertificate,
} from "./certificates.api.ts";

export interface CertificateWish {
  readonly subject: Subject;
  readonly view: CertificateView;
  readonly proof: "held" | "seen";
}

/** What a wait needs to know of the node. */
export interface WaitPorts {
  wallClock(): number;
  readonly name: string;
  origin(): Origin;
  /** Of this node itself. */
  standing(subject: Subject): Standing;
  isDurable(): boolean;
  /** Names that are to have it, and live. */
  living(view: CertificateView, replica: string): string[];
  /** The boot of the life that the member of this name lives; undefined while it is not alive. */
  livingBoot(name: string): number | undefined;
  /** Whether it told, in anti-entropy, that this life has seen it. */
  hasTold(subject: Subject, origin: Origin): boolean;
  /** How a member ended that lives no more. */
  endOf(name: string): GoneMember["how"];
  /** In a step. False when no link speaks to it. */
  ask(name: string, subject: Subject): boolean;
}

interface Heard {
  readonly boot: number;
  readonly standing: Standing;
  readonly durable: boolean;
  readonly at: number;
}

/** One wait: what is known of each member, life by life. */
export class CertificateWait {
  readonly wish: CertificateWish;
  private readonly ports: WaitPorts;
  private readonly heard = new Map<string, Heard>();
  private readonly told = new Map<string, { readonly boot: number; readonly at: number }>();
  private readonly waitedFor = new Set<string>();
  private readonly unreachable = new Set<string>();
  private readonly gone = new Map<string, GoneMember>();

  constructor(ports: WaitPorts, wish: CertificateWish) {
    this.ports = ports;
    this.wish = wish;
  }

  onAnswer(name: string, { boot, durable, standing }: HoldingAnswer): void {
    const before = this.heard.get(name);
    if (before !== undefined && before.boot > boot) return;
    this.heard.set(name, { boot, durable, standing, at: this.ports.wallClock() });
  }

  /** The certificate, if it can be given now. */
  look(): Certificate | undefined {
    const names = this.names();
    const evidence: Evidence[] = [];
    for (const name of names) {
      const one = this.evidenceOf(name);
      if (one === undefined) return undefined;
      evidence.push(one);
    }
    return evidence.length === 0 ? undefined : this.certificate(evidence);
  }

  /** In a step: asks who is not known to have it. */
  ask(): void {
    for (const name of this.names()) {
      if (name === this.ports.name || this.evidenceOf(name) !== undefined) continue;
      if (this.ports.livingBoot(name) === undefined) continue;
      if (this.ports.ask(name, this.wish.subject)) this.unreachable.delete(name);
      else this.unreachable.add(name);
    }
  }

  /** What is known when the time is over. */
  report(): PartialCertificate {
    const evidence: Evidence[] = [];
    const missing: Missing[] = [];
    for (const name of this.names()) {
      const one = this.evidenceOf(name);
      if (one === undefined) missing.push(this.missingOf(name));
      else evidence.push(one);
    }
    return { ...this.certificate(evidence), missing };
  }

  /** Who is to have it now, and remembers who was. */
  private names(): string[] {
    const { view } = this.wish;
    const living = this.ports.living(view, this.wish.subject.replica);
    for (const name of this.waitedFor) {
      if (living.includes(name) || this.gone.has(name)) continue;
      this.gone.set(name, { name, how: this.ports.endOf(name), at: this.ports.wallClock() });
    }
    for (const name of living) {
      this.waitedFor.add(name);
      this.gone.delete(name);
    }
    // Who was named is waited for even when nobody knows it, but not when it has gone meanwhile.
    const absent = typeof view === "string" ? [] : view.filter((name) => !this.waitedFor.has(name));
    return [...new Set([...living, ...absent])].sort(compareUtf8);
  }

  private evidenceOf(name: string): Evidence | undefined {
    const { ports } = this;
    if (name === ports.name) {
      const standing = ports.standing(this.wish.subject);
      if (!this.isEnough(standing)) return undefined;
      const own = { name, origin: ports.origin(), how: "own", standing } as const;
      return { ...own, durable: ports.isDurable(), at: ports.wallClock() };
    }
    const boot = this.ports.livingBoot(name);
    if (boot === undefined) return undefined;
    const heard = this.heard.get(name);
    if (heard !== undefined && heard.boot === boot && this.isEnough(heard.standing)) {
      const { at, durable, standing } = heard;
      return { name, origin: makeOrigin(name, boot), how: "asked", standing, durable, at };
    }
    return this.wish.proof === "seen" ? this.toldBy(name, boot) : undefined;
  }

  private toldBy(name: string, boot: number): Evidence | undefined {
    const origin = makeOrigin(name, boot);
    const known = this.told.get(name);
    if (known?.boot !== boot) {
      if (!this.ports.hasTold(this.wish.subject, origin)) return undefined;
      this.told.set(name, { boot, at: this.ports.wallClock() });
    }
    const at = this.told.get(name)?.at ?? this.ports.wallClock();
    return { name, origin, how: "told", standing: "seen", durable: undefined, at };
  }

  private isEnough(standing: Standing): standing is Evidence["standing"] {
    if (standing === "held" || standing === "succeeded") return true;
    return standing === "seen" && this.wish.proof === "seen";
  }

  private missingOf(name: string): Missing {
    if (name === this.ports.name)
      return { name, why: whyNot(this.ports.standing(this.wish.subject)) };
    const boot = this.ports.livingBoot(name);
    if (boot === undefined) return { name, why: "absent" };
    const heard = this.heard.get(name);
    if (heard?.boot === boot) return { name, why: whyNot(heard.standing), at: heard.at };
    return { name, why: this.unreachable.has(name) ? "unreachable" : "silent" };
  }

  private certificate(evidence: readonly Evidence[]): Certificate {
    const { proof, subject, view } = this.wish;
    const { dot, replica, write } = subject;
    const { origin, seq } = dot;
    return {
      replica,
      dot: { origin, seq },
      ...(write === undefined ? {} : { key: write.key }),
      view,
      proof,
      by: this.ports.origin(),
      at: this.ports.wallClock(),
      evidence,
      gone: [...this.gone.values()].sort((a, b) => compareUtf8(a.name, b.name)),
    };
  }
}

function whyNot(standing: Standing): Missing["why"] {
  if (standing === "closed") return "closed";
  return standing === "missing" ? "unseen" : "unheld";
}
