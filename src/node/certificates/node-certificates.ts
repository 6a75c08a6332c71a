import { Allowance } from "../../core/allowance.ts";
import { DotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import { type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { MemberEvent } from "../api.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import type { NodeStore } from "../node-store.ts";
import { type Outcome, waitFor } from "../waits.ts";
import {
  CERTIFICATE_CHANNEL,
  type CertificateMessage,
  type HoldingAnswer,
  type Standing,
  type Subject,
} from "./certificate.messages.ts";
import { decodeCertificate, encodeCertificate } from "./certificate.wire.ts";
import { CertificateWait, type CertificateWish, type WaitPorts } from "./certificate-wait.ts";
import type {
  Certificate,
  CertificateView,
  EverywhereOptions,
  UpdateName,
} from "./certificates.api.ts";
import { type CertificatesOptions, certificatesDefaults } from "./certificates.options.ts";
import { checkEverywhere, checkUpdate } from "./checks.ts";
import { NotEverywhereError } from "./not-everywhere-error.ts";

/** Judges what is seen and not held, where a replica knows more than its dots. */
export type Judge = (subject: Subject) => "held" | "succeeded" | undefined;

type CertificateParts = Omit<FaceParts, "certificates">;

type Asked = Pick<CertificateMessage, "id" | "askerBoot">;

interface Waiting {
  readonly wait: CertificateWait;
  readonly outcome: Outcome<Certificate>;
  timer: number;
  pauseMs: number;
}

/** Waits until an update is everywhere, and tells others what this node has. */
export class NodeCertificates implements DataFace {
  private readonly parts: CertificateParts;
  private readonly options: CertificatesOptions;
  private readonly judges = new Map<string, Judge>();
  private readonly waits = new Map<number, Waiting>();
  private readonly allowance: Allowance;
  private readonly waitPorts: WaitPorts;
  private lastId = 0;
  /** Whose questions are being asked. */
  private asking = 0;
  private isClosed = false;
  private stopListening: (() => void) | undefined;

  constructor(parts: CertificateParts) {
    this.parts = parts;
    this.options = parts.slices.certificates ?? certificatesDefaults;
    this.allowance = new Allowance(this.options.answersPerSecondCount, parts.ports.now());
    this.waitPorts = this.makeWaitPorts();
  }

  /** Whoever keeps this replica says what of it is held. */
  judgeBy(replica: string, judge: Judge): void {
    this.judges.set(replica, judge);
  }

  open(): void {
    this.parts
      .stack()
      .links.use(
        CERTIFICATE_CHANNEL,
        { onMessage: (peer, bytes) => this.onMessage(peer, bytes) },
        "drop",
      );
  }

  /**
   * @throws HearsayError CONFIG_OPTION, REPLICA_UNKNOWN, QUEUE_FULL, TIMEOUT, ABORTED,
   *   NODE_STOPPED
   */
  async everywhere(update: UpdateName, options?: EverywhereOptions): Promise<Certificate> {
    this.parts.ports.checkRunning();
    checkUpdate(update);
    const { dot, replica } = update;
    const subject = { replica: this.replicaCalled(replica), dot };
    return await this.certify(subject, { view: "replicas", proof: "seen" }, options);
  }

  /** @throws HearsayError CONFIG_OPTION, QUEUE_FULL, TIMEOUT, ABORTED, NODE_STOPPED */
  async certify(
    subject: Subject,
    defaults: Required<Pick<EverywhereOptions, "view" | "proof">>,
    options: EverywhereOptions = {},
  ): Promise<Certificate> {
    checkEverywhere(options);
    const { enders, ports } = this.parts;
    ports.checkRunning();
    const { proof = defaults.proof, signal, timeoutMs = this.options.timeoutMs } = options;
    const wait = new CertificateWait(this.waitPorts, {
      subject,
      view: options.view ?? defaults.view,
      proof,
    } satisfies CertificateWish);
    if (this.waits.size >= this.options.waitsMaxCount) {
      throw new HearsayError("QUEUE_FULL", `${this.waits.size} certificates are waited for`);
    }
    try {
      return await waitFor<Certificate>({
        timeoutMs,
        ...(signal && { signal }),
        timers: ports.timers,
        enders,
        what: "an update to be everywhere",
        begin: (outcome) => this.begin(wait, outcome),
      });
    } catch (error) {
      if (!(error instanceof HearsayError) || error.code !== "TIMEOUT") throw error;
      // The last of whom it waited for may have gone in this very instant.
      const certificate = wait.look();
      if (certificate !== undefined) return certificate;
      throw new NotEverywhereError(wait.report(), timeoutMs);
    }
  }

  close(): void {
    this.isClosed = true;
    this.stopListening?.();
    for (const { timer } of this.waits.values()) this.parts.ports.timers.stopTimer(timer);
    this.waits.clear();
  }

  private begin(wait: CertificateWait, outcome: Outcome<Certificate>): () => void {
    const { members, ports } = this.parts;
    this.lastId += 1;
    const id = this.lastId;
    this.waits.set(id, { wait, outcome, timer: 0, pauseMs: this.options.askMinMs });
    this.stopListening ??= members().on((event) => this.onMember(event));
    ports.step(() => this.look(id, "ask"));
    return () => this.forget(id);
  }

  /** In a step. */
  private look(id: number, what: "ask" | "onlyLook"): void {
    const waiting = this.waits.get(id);
    if (waiting === undefined) return;
    const certificate = waiting.wait.look();
    if (certificate !== undefined) {
      const { outcome } = waiting;
      this.forget(id);
      return this.parts.ports.afterStep(() => outcome.resolve(certificate));
    }
    if (what === "onlyLook") return;
    this.asking = id;
    waiting.wait.ask();
    this.asking = 0;
    this.askLater(id, waiting);
  }

  private askLater(id: number, waiting: Waiting): void {
    const { ports } = this.parts;
    waiting.timer = ports.timers.startTimer(() => {
      if (this.waits.has(id)) ports.step(() => this.look(id, "ask"));
    }, waiting.pauseMs);
    waiting.pauseMs = Math.min(this.options.askMaxMs, waiting.pauseMs * 2);
  }

  private forget(id: number): void {
    const waiting = this.waits.get(id);
    if (waiting === undefined) return;
    this.waits.delete(id);
    this.parts.ports.timers.stopTimer(waiting.timer);
    if (this.waits.size > 0) return;
    this.stopListening?.();
    this.stopListening = undefined;
  }

  /** After a step: who lives has changed. */
  private onMember({ kind }: MemberEvent): void {
    if (kind === "suspect" || this.waits.size === 0) return;
    this.parts.ports.step(() => {
      for (const id of [...this.waits.keys()]) this.look(id, "onlyLook");
    });
  }

  private onMessage(from: PeerId, bytes: Uint8Array): void {
    const { ports } = this.parts;
    const message = decodeCertificate(bytes);
    if (message === undefined) return ports.count("certificates.dropped.malformed");
    const { askerBoot, content, id } = message;
    if (content.kind === "question") {
      return this.onQuestion(from, { id, askerBoot }, content.subject);
    }
    // What a former life of this node asked says nothing of what is asked now.
    const waiting = askerBoot === this.boot ? this.waits.get(id) : undefined;
    if (waiting === undefined) return ports.count("certificates.dropped.unknown");
    waiting.wait.onAnswer(String(from), content);
    this.look(id, "onlyLook");
  }

  /** What is said to be held is on disk first, where there is one. */
  private onQuestion(from: PeerId, asked: Asked, subject: Subject): void {
    const { ports, store } = this.parts;
    if (this.allowance.take(1, ports.now()) === 0) {
      return ports.count("certificates.dropped.crowd");
    }
    ports.count("certificates.answered");
    const content: Omit<HoldingAnswer, "durable"> = {
      kind: "answer",
      boot: this.boot,
      standing: this.standing(subject),
    };
    const isDurable = store?.isUsed === true;
    const say = (): void => {
      this.say(from, { ...asked, content: { ...content, durable: isDurable } });
    };
    if (store === undefined || !isDurable) return say();
    store.afterWrites(() => {
      if (this.isClosed) return;
      ports.step(say);
    });
  }

  private say(to: PeerId, message: CertificateMessage): boolean {
    const { links } = this.parts.stack();
    return links.send(to, CERTIFICATE_CHANNEL, encodeCertificate(message)) !== "noLink";
  }

  private standing(subject: Subject): Standing {
    const replica = this.parts.stack().replicaOf(subject.replica);
    if (replica === undefined) return "closed";
    // A successor may have come before it.
    const judged = this.judges.get(subject.replica)?.(subject);
    if (judged !== undefined) return judged;
    if (!replica.seen.has(subject.dot)) return "missing";
    return replica.get(subject.dot) === undefined ? "seen" : "held";
  }

  private makeWaitPorts(): WaitPorts {
    const { name, ports, replicas, stack, store } = this.parts;
    return {
      wallClock: () => ports.wallClock(),
      name,
      origin: () => stack().origin,
      standing: (subject) => this.standing(subject),
      isDurable: () => isFlushed(store),
      living: (view, replica) => this.living(view, replica),
      livingBoot: (member) => stack().livingBoot(member),
      hasTold: ({ dot, replica }, origin) => replicas.peers.hasSeen(replica, origin, setOf(dot)),
      endOf: (member) => (this.parts.members().get(member)?.status === "left" ? "left" : "died"),
      ask: (member, subject) => {
        const asked = { id: this.asking, askerBoot: this.boot };
        return this.say(peerId(member), { ...asked, content: { kind: "question", subject } });
      },
    };
  }

  private living(view: CertificateView, replica: string): string[] {
    const { name, replicas, stack } = this.parts;
    const lives = (member: string): boolean =>
      member === name || stack().livingBoot(member) !== undefined;
    if (typeof view !== "string") return view.filter(lives);
    if (view === "members") {
      const names = [name];
      stack().hearsayPeers.forEachNeighbour((peer) => names.push(String(peer)));
      return names;
    }
    const members = replicas.sets.members(replica).map((origin) => parseOrigin(origin)?.name ?? "");
    return [...new Set([name, ...members])].filter(lives);
  }

  /** @throws HearsayError REPLICA_UNKNOWN */
  private replicaCalled(called: string): string {
    const { stack } = this.parts;
    const found = [called, `topic:${called}`].find((one) => stack().replicaOf(one) !== undefined);
    if (found !== undefined) return found;
    const detail = `${JSON.stringify(called)} is not open here; see node.replicas.list()`;
    throw new HearsayError("REPLICA_UNKNOWN", detail);
  }

  private get boot(): number {
    return parseOrigin(this.parts.stack().origin)?.boot ?? 0;
  }
}

function setOf(dot: Subject["dot"]): DotSet {
  const dots = new DotSet();
  dots.add(dot);
  return dots;
}

/** Whether all that was written so far is on disk. */
function isFlushed(store: NodeStore | undefined): boolean {
  let isDone = false;
  if (store?.isUsed === true) {
    store.afterWrites(() => {
      isDone = true;
    });
  }
  return isDone;
}
