import type { DotRange } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PlumtreeCounters, PlumtreeEnv, PlumtreeWiring } from "./plumtree.contract.ts";
import type {
  Announced,
  Gossip,
  Offered,
  Part,
  PlumtreeMessage,
  Root,
} from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";

/** Pipes kept. [because: neighbours are few, and a stranger's is forgotten when it is empty] */
const PIPES_MAX_COUNT = 256;

/** Updates that leave together, and what they weigh. The same object waits for many peers. */
export interface Load extends Gossip {
  bytes: number;
  /** It has left for somebody: nothing is added to it any more. */
  isSealed: boolean;
}

/** An announcement that may still grow. */
interface WaitingRun extends Announced {
  last: number;
}

/** What waits for one peer about one replica; it becomes the part of a message. */
class Letter implements Part {
  readonly replica: string;
  gossips: Load[] = [];
  announced: WaitingRun[] = [];
  readonly offered: Offered[] = [];
  readonly lacked: DotRange[] = [];
  readonly wanted: Announced[] = [];
  grafts: Root[] = [];
  prunes: Root[] = [];

  constructor(replica: string) {
    this.replica = replica;
  }

  get isEmpty(): boolean {
    const { announced, gossips, grafts, lacked, offered, prunes, wanted } = this;
    const lists = [announced, gossips, grafts, lacked, offered, prunes, wanted];
    return lists.every((list) => list.length === 0);
  }
}

/** The way to one peer. */
class Pipe {
  readonly peer: PeerId;
  letters: Letter[] = [];
  /** Large updates that it has asked for; each is a message of its own, behind all others. */
  large: { readonly replica: string; readonly load: Load }[] = [];
  bytes = 0;
  lastMs = Number.NEGATIVE_INFINITY;
  dueMs = Number.POSITIVE_INFINITY;

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  letter(replica: string): Letter {
    for (const one of this.letters) if (one.replica === replica) return one;
    const letter = new Letter(replica);
    this.letters.push(letter);
    return letter;
  }
}

/**
 * Everything that is to be said to a peer leaves as one message: at once while the pipe is idle,
 * and then not before its interval has passed.
 */
export class Outbox {
  private readonly env: PlumtreeEnv;
  private readonly options: PlumtreeOptions;
  private readonly counters: PlumtreeCounters;
  private readonly isCongested: NonNullable<PlumtreeWiring["isCongested"]>;
  private readonly pipes = new Map<PeerId, Pipe>();
  /** Those with something in them. */
  private readonly waiting = new Set<Pipe>();
  /** When the timer that is set fires. */
  private armedMs = Number.POSITIVE_INFINITY;

  constructor(env: PlumtreeEnv, wiring: PlumtreeWiring, options: PlumtreeOptions) {
    this.env = env;
    this.options = options;
    this.counters = wiring.counters;
    this.isCongested = wiring.isCongested ?? (() => false);
  }

  push(to: PeerId, replica: string, load: Load): void {
    const pipe = this.pipe(to);
    pipe.letter(replica).gossips.push(load);
    pipe.bytes += load.bytes;
    this.mark(pipe, this.options.flushIntervalMs);
  }

  /** `load`, to which `addedBytes` of updates were added just now. */
  pushMore(to: PeerId, replica: string, load: Load, addedBytes: number): void {
    const pipe = this.pipe(to);
    if (pipe.letter(replica).gossips.at(-1) !== load) return this.push(to, replica, load);
    pipe.bytes += addedBytes;
  }

  /** An update that `to` has asked for. False when too much waits for this peer already. */
  pushLarge(to: PeerId, replica: string, load: Load): boolean {
    const pipe = this.pipe(to);
    const isWaiting = pipe.large.some(
      (one) =>
        one.replica === replica && one.load.origin === load.origin && one.load.first === load.first,
    );
    if (isWaiting) return true;
    if (pipe.large.length >= this.options.largeWaitingMaxCount) return false;
    pipe.large.push({ replica, load });
    this.mark(pipe, 0);
    return true;
  }

  /** Says that there is a large update here. */
  offer(to: PeerId, replica: string, offered: Offered): void {
    const pipe = this.pipe(to);
    pipe.letter(replica).offered.push(offered);
    this.mark(pipe, this.options.flushIntervalMs);
  }

  announce(to: PeerId, replica: string, run: Announced): void {
    const pipe = this.pipe(to);
    addRun(pipe.letter(replica).announced, run);
    this.mark(pipe, this.options.announceIntervalMs);
  }

  want(to: PeerId, replica: string, runs: readonly Announced[]): void {
    const pipe = this.pipe(to);
    pipe.letter(replica).wanted.push(...runs);
    this.mark(pipe, this.options.flushIntervalMs);
  }

  lack(to: PeerId, replica: string, range: DotRange): void {
    const pipe = this.pipe(to);
    pipe.letter(replica).lacked.push(range);
    this.mark(pipe, this.options.flushIntervalMs);
  }

  graft(to: PeerId, replica: string, root: Root): void {
    const pipe = this.pipe(to);
    const letter = pipe.letter(replica);
    letter.prunes = letter.prunes.filter((one) => one !== root);
    if (!letter.grafts.includes(root)) letter.grafts.push(root);
    this.mark(pipe, this.options.flushIntervalMs);
  }

  prune(to: PeerId, replica: string, root: Root): void {
    const pipe = this.pipe(to);
    const letter = pipe.letter(replica);
    letter.grafts = letter.grafts.filter((one) => one !== root);
    if (!letter.prunes.includes(root)) letter.prunes.push(root);
    this.mark(pipe, this.options.flushIntervalMs);
  }

  /** `peer` has cut a branch off: it is told the names of what waits for it there. */
  demoteTree(peer: PeerId, replica: string, root: Root): void {
    const pipe = this.pipes.get(peer);
    const letter = pipe?.letters.find((one) => one.replica === replica);
    if (pipe === undefined || letter === undefined) return;
    const kept: Load[] = [];
    for (const load of letter.gossips) {
      if (root !== "" && load.origin !== root) kept.push(load);
      else this.demoteLoad(pipe, letter, load);
    }
    letter.gossips = kept;
  }

  /** Nothing more is said about a replica: its updates could not be written any more. */
  withdraw(replica: string): void {
    for (const pipe of this.pipes.values()) {
      const gone = pipe.letters.find((one) => one.replica === replica);
      for (const load of gone?.gossips ?? []) pipe.bytes -= load.bytes;
      pipe.letters = pipe.letters.filter((one) => one !== gone);
      pipe.large = pipe.large.filter((one) => one.replica !== replica);
      if (pipe.letters.length > 0 || pipe.large.length > 0) continue;
      pipe.dueMs = Number.POSITIVE_INFINITY;
      this.waiting.delete(pipe);
    }
  }

  /** Sends all that waits, due or not, and nothing after it. */
  close(): void {
    const nowMs = this.env.now();
    for (const pipe of this.waiting) this.send(pipe, nowMs);
    this.waiting.clear();
    this.pipes.clear();
  }

  remove(peer: PeerId): void {
    const pipe = this.pipes.get(peer);
    if (pipe === undefined) return;
    this.pipes.delete(peer);
    this.waiting.delete(pipe);
  }

  onTimer(): void {
    this.armedMs = Number.POSITIVE_INFINITY;
    this.flush();
  }

  /** Sends what is due, and sets a timer for the rest. Called last in whatever put something in. */
  flush(): void {
    if (this.waiting.size === 0) return;
    const nowMs = this.env.now();
    let next = Number.POSITIVE_INFINITY;
    for (const pipe of this.waiting) {
      const isDue = pipe.dueMs <= nowMs || pipe.bytes >= this.options.batchMaxBytes;
      if (isDue) this.send(pipe, nowMs);
      if (pipe.dueMs < next) next = pipe.dueMs;
    }
    if (next >= this.armedMs) return;
    this.armedMs = next;
    this.env.setTimer({ kind: "flush" }, Math.max(0, next - nowMs));
  }

  private send(pipe: Pipe, nowMs: number): void {
    if (this.isCongested(pipe.peer)) return this.hold(pipe, nowMs);
    const { large, letters, peer } = pipe;
    const isLong = pipe.bytes > this.options.batchMaxBytes;
    pipe.letters = [];
    pipe.large = [];
    pipe.bytes = 0;
    pipe.lastMs = nowMs;
    pipe.dueMs = Number.POSITIVE_INFINITY;
    this.waiting.delete(pipe);
    for (const { gossips } of letters) for (const load of gossips) load.isSealed = true;
    const messages: PlumtreeMessage["parts"][] = isLong ? this.split(letters) : [];
    if (!isLong && letters.length > 0) messages.push(letters);
    for (const { load, replica } of large) {
      const letter = new Letter(replica);
      letter.gossips.push(load);
      messages.push([letter]);
    }
    for (const parts of messages) this.env.send(peer, { kind: "batch", parts });
    this.counters.add("plumtree.sent", messages.length);
  }

  /** Messages of bounded size: else what is passed on together would grow from hop to hop. */
  private split(letters: readonly Letter[]): PlumtreeMessage["parts"][] {
    const messages: Letter[][] = [];
    let leftBytes = 0;
    for (const letter of letters) {
      const { gossips } = letter;
      letter.gossips = [];
      let current: Letter | undefined;
      for (const load of gossips) {
        if (load.bytes > leftBytes || messages.length === 0) {
          messages.push([]);
          leftBytes = this.options.batchMaxBytes;
          current = undefined;
        }
        leftBytes -= load.bytes;
        if (current === undefined) {
          current = new Letter(letter.replica);
          messages.at(-1)?.push(current);
        }
        current.gossips.push(load);
      }
      // Its names and links go behind its payloads, which were queued before or with them.
      if (messages.length === 0) messages.push([]);
      if (!letter.isEmpty) messages.at(-1)?.push(letter);
    }
    return messages;
  }

  /** The peer takes no more: it keeps its turn, and what would be too much is let go. */
  private hold(pipe: Pipe, nowMs: number): void {
    const { batchMaxBytes, congestedWaitMs, queueMaxBytes, queueMaxCount } = this.options;
    pipe.dueMs = nowMs + congestedWaitMs;
    for (const letter of pipe.letters) {
      for (const names of [letter.announced, letter.offered]) {
        const tooMany = names.length - queueMaxCount;
        if (tooMany <= 0) continue;
        names.splice(0, tooMany);
        this.counters.add("plumtree.dropped.announcements", tooMany);
      }
    }
    this.trim(pipe);
    if (pipe.bytes > Math.max(queueMaxBytes, batchMaxBytes)) this.demote(pipe);
  }

  /** A peer that asks and does not read must not make this node keep its questions. */
  private trim(pipe: Pipe): void {
    const { queueMaxCount } = this.options;
    const { letters } = pipe;
    if (letters.length > queueMaxCount) {
      pipe.letters = letters.filter((one) => one.gossips.length + one.announced.length > 0);
    }
    let droppedCount = letters.length - pipe.letters.length;
    for (const { lacked, wanted } of pipe.letters) {
      for (const names of [lacked, wanted]) {
        droppedCount += names.splice(0, Math.max(0, names.length - queueMaxCount)).length;
      }
    }
    if (droppedCount > 0) this.counters.add("plumtree.dropped.questions", droppedCount);
  }

  /** A peer that is too slow for payloads is told their names, and asks for what it still lacks. */
  private demote(pipe: Pipe): void {
    for (const letter of pipe.letters) {
      for (const load of letter.gossips) this.demoteLoad(pipe, letter, load);
      letter.gossips = [];
    }
  }

  private demoteLoad(pipe: Pipe, letter: Letter, load: Load): void {
    const { first, origin, round, updates } = load;
    load.isSealed = true;
    pipe.bytes -= load.bytes;
    addRun(letter.announced, { origin, first, last: first + updates.length - 1, round });
    this.counters.add("plumtree.demoted", updates.length);
  }

  private pipe(peer: PeerId): Pipe {
    let pipe = this.pipes.get(peer);
    if (pipe === undefined) {
      if (this.pipes.size >= PIPES_MAX_COUNT) this.sweep();
      pipe = new Pipe(peer);
      this.pipes.set(peer, pipe);
    }
    return pipe;
  }

  private sweep(): void {
    for (const [peer, pipe] of this.pipes) if (!this.waiting.has(pipe)) this.pipes.delete(peer);
  }

  private mark(pipe: Pipe, intervalMs: number): void {
    this.waiting.add(pipe);
    const dueMs = pipe.lastMs + intervalMs;
    if (dueMs < pipe.dueMs) pipe.dueMs = dueMs;
  }
}

/** Joined to the run before where it goes on with it: a stream is then one run. */
function addRun(runs: WaitingRun[], run: Announced): void {
  const last = runs.at(-1);
  const goesOn =
    last !== undefined &&
    last.origin === run.origin &&
    last.round === run.round &&
    last.last + 1 === run.first;
  // In place, for a flood announces every update by itself; the caller's run is for many peers.
  if (goesOn) last.last = run.last;
  else runs.push({ ...run });
}
