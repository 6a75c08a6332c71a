import type { Arrival } from "../../core/arrival.ts";
import { HearsayError } from "../../core/errors.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import type { LinkUser } from "../links/links.contract.ts";
import { TOPIC_PREFIX } from "../topics/history-book.ts";
import { TraceBook } from "./trace-book.ts";
import type { OverlayReport, TraceReport, Traces } from "./traces.api.ts";
import { type NeighbourReport, TRACES_CHANNEL, type TracesMessage } from "./traces.messages.ts";
import { type TracesOptions, tracesDefaults } from "./traces.options.ts";
import { decodeTraces, encodeTraces } from "./traces.wire.ts";

type Question = Extract<TracesMessage, { readonly tag: string }>;
type Answer = Exclude<TracesMessage, Question>;

/** Some nodes were asked the same. */
interface Round {
  readonly waiting: Set<PeerId>;
  readonly answers: Map<string, Answer>;
  readonly timer: number;
  readonly finish: () => void;
}

/** `node.traces`: what this node remembers, and what others tell of it. */
export class TracesFace implements DataFace, LinkUser, Traces {
  private readonly parts: FaceParts;
  private readonly options: TracesOptions;
  private readonly book: TraceBook;
  private readonly rounds = new Map<number, Round>();
  private nextId = 1;

  constructor(parts: FaceParts) {
    this.parts = parts;
    this.options = parts.slices.traces ?? tracesDefaults;
    this.book = new TraceBook(this.options);
  }

  open(): void {
    this.parts.stack().links.use(TRACES_CHANNEL, this, "drop");
  }

  /** In a step. */
  note(arrival: Arrival): void {
    const { means, what } = arrival;
    const isTag = means === "broadcast" || means === "mail";
    // Replicas that are no topics have no readers who would follow a message.
    if (!isTag && !what.startsWith(TOPIC_PREFIX)) return;
    const tag = isTag ? what : what.slice(TOPIC_PREFIX.length);
    this.book.note(arrival, tag, this.parts.ports.wallClock());
  }

  async follow(
    tag: string,
    { origin, seq }: { readonly origin: string; readonly seq: number },
  ): Promise<readonly TraceReport[]> {
    if (!Number.isSafeInteger(seq) || seq < 0) {
      throw new HearsayError(
        "CONFIG_OPTION",
        `A dot's seq is a whole number from 0 on, not ${seq}.`,
      );
    }
    const question = { kind: "askArrivals", tag, origin, seq } as const;
    const answers = await this.ask((id) => ({ ...question, id }));
    return [...answers].map(([name, answer]) => {
      const arrivals = answer?.kind === "arrivals" ? answer.arrivals : [];
      return { name, status: answer === undefined ? "silent" : "answered", arrivals };
    });
  }

  async overlays(tree?: {
    readonly tag: string;
    readonly origin: string;
  }): Promise<readonly OverlayReport[]> {
    const { origin = "", tag = "" } = tree ?? {};
    const answers = await this.ask((id) => ({ kind: "askNeighbours", id, tag, origin, seq: 0 }));
    return [...answers].map(([name, answer]): OverlayReport => {
      if (answer?.kind !== "neighbours") return { name, status: "silent" };
      const { active, branches, passive } = answer;
      const known = { name, status: "answered", active, passive } as const;
      return branches === undefined ? known : { ...known, branches };
    });
  }

  onMessage(from: PeerId, bytes: Uint8Array): void {
    const message = decodeTraces(bytes);
    if (message === undefined) return this.parts.ports.count("traces.dropped.malformed");
    if ("tag" in message) return this.reply(from, message);
    const round = this.rounds.get(message.id);
    if (round?.waiting.delete(from) !== true) {
      return this.parts.ports.count("traces.dropped.unasked");
    }
    round.answers.set(String(from), message);
    if (round.waiting.size === 0) round.finish();
  }

  metrics(): Readonly<Record<string, number>> {
    return { "traces.kept": this.book.size };
  }

  close(): void {
    for (const round of [...this.rounds.values()]) round.finish();
  }

  private reply(to: PeerId, question: Question): void {
    this.parts.ports.count("traces.answered");
    this.parts.stack().links.send(to, TRACES_CHANNEL, encodeTraces(this.answerTo(question)));
  }

  private answerTo({ id, kind, origin, seq, tag }: Question): Answer {
    if (kind === "askNeighbours")
      return { kind: "neighbours", id, ...this.neighbours(tag, origin) };
    const names = new Map<string, string>();
    for (const { address, name } of this.parts.members()) names.set(address, name);
    const nameAt = (address: string) => names.get(address);
    return { kind: "arrivals", id, arrivals: this.book.arrivals(tag, { origin, seq }, nameAt) };
  }

  private neighbours(tag: string, origin: string): NeighbourReport {
    const stack = this.parts.stack();
    const { active = [], passive = [] } = stack.overlayPicture() ?? {};
    const branches = origin === "" ? undefined : stack.branches(`${TOPIC_PREFIX}${tag}`, origin);
    if (branches === undefined) return { active, passive };
    const { eager, lazy } = branches;
    return { active, passive, branches: { eager: eager.map(String), lazy: lazy.map(String) } };
  }

  /** By name; undefined for who did not answer. This node answers itself. */
  private ask(make: (id: number) => Question): Promise<Map<string, Answer | undefined>> {
    const { name, ports, somePeers } = this.parts;
    ports.checkRunning();
    if (this.rounds.size >= this.options.roundsMaxCount) {
      const detail = `${this.rounds.size} questions to all nodes are under way; ask again later`;
      throw new HearsayError("QUEUE_FULL", detail);
    }
    const id = this.nextId;
    this.nextId += 1;
    const question = make(id);
    const peers = somePeers(this.options.askedMaxCount);
    return new Promise((resolve) => {
      const answers = new Map<string, Answer>([[name, this.answerTo(question)]]);
      const finish = (): void => {
        ports.timers.stopTimer(round.timer);
        this.rounds.delete(id);
        const all = [name, ...peers].map((one) => [one, answers.get(one)] as const);
        resolve(new Map(all));
      };
      const timer = ports.timers.startTimer(finish, this.options.answerTimeoutMs);
      const round: Round = {
        waiting: new Set(peers.map((one) => peerId(one))),
        answers,
        timer,
        finish,
      };
      this.rounds.set(id, round);
      ports.step(() => this.send(round, encodeTraces(question)));
    });
  }

  private send(round: Round, bytes: Uint8Array): void {
    const { links } = this.parts.stack();
    for (const peer of [...round.waiting]) {
      if (links.send(peer, TRACES_CHANNEL, bytes) !== "taken") round.waiting.delete(peer);
    }
    if (round.waiting.size === 0) round.finish();
  }
}
