import type { TimerId } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import { items, oneKey } from "./feed.ts";
import { decodeLeader, encodeKept, type LeaderValue } from "./kept-text.ts";
import { Backoff, type Session } from "./session.ts";
import type { StoreAnswer, StoreCommit, StoreItem } from "./store.messages.ts";

interface Lease {
  readonly id: string;
  /** What a key that goes with this lease says, and with no other: a claim may be taken late. */
  readonly claim: number;
  /** By this node's clock, it may be over afterwards. */
  trustedUntilMs: number;
  keepAliveAtMs: number;
}

interface Leader extends LeaderValue {
  /** The revision in which its key came to be: larger for each later leader. */
  readonly term: number;
}

/** Of a lease's trusted time, after which it is asked for more. [because: two may be lost] */
const KEEP_ALIVE_RATIO = 0.3;

/**
 * Who leads is who holds the key "leader", which goes with its lease. A leader counts the time of
 * its lease from when it asked for it, by its own clock, and is none when that is over, whatever it
 * hears or does not hear: the store gives the key to nobody else before.
 */
export class Leadership {
  /** The last one known; it stays when nobody leads. */
  term = 0;
  private readonly session: Session;
  private readonly onChange: () => void;
  private readonly backoff: Backoff;
  private leader: Leader | undefined;
  private lease: Lease | undefined;
  private heir: { readonly name: PeerId; readonly untilMs: number } | undefined;
  private heededTerm = 0;
  /** What is older than this was told already. */
  private asOf = 0;
  private claimsCount = 0;
  private isCampaigning = false;
  private isTimerSet = false;
  private leaseTimer: TimerId | undefined;

  constructor(session: Session, onChange: () => void) {
    this.session = session;
    this.onChange = onChange;
    this.backoff = new Backoff(session);
  }

  get isLeader(): boolean {
    return this.isOurs && this.isTrusted;
  }

  get name(): PeerId | undefined {
    const name = this.leader?.name;
    return name === this.session.env.self && !this.isLeader ? undefined : name;
  }

  private get isOurs(): boolean {
    return this.lease !== undefined && this.leader?.life === this.lease.claim;
  }

  private get isTrusted(): boolean {
    return this.lease !== undefined && this.session.env.now() < this.lease.trustedUntilMs;
  }

  onLeader(item: StoreItem | undefined, revision: number): void {
    if (revision < this.asOf) return;
    this.asOf = revision;
    const value = item && decodeLeader(item.value);
    this.leader = item && value && { ...value, term: item.createdAt };
    this.term = Math.max(this.term, item?.createdAt ?? 0);
    this.onChange();
    if (this.leader === undefined) this.campaignSoon();
    else if (!this.isOurs && !this.isCampaigning) this.giveUpLease();
  }

  /** To whom the last leader wished to hand over. Its term makes each wish another one. */
  onNext(item: StoreItem | undefined): void {
    const wish = item && decodeLeader(item.value);
    if (wish === undefined || wish.life <= this.heededTerm) return;
    this.heededTerm = wish.life;
    const untilMs = this.session.env.now() + this.session.options.handoverWaitMs;
    this.heir = { name: wish.name, untilMs };
  }

  handOver(to: PeerId): void {
    const { keys } = this.session;
    const { leader, lease } = this;
    if (leader === undefined || lease === undefined || !this.isLeader) return;
    const wish = encodeKept({ name: to, life: leader.term });
    const commit: StoreCommit = {
      compares: [{ key: keys.leader, of: "created", revision: leader.term }],
      writes: [
        { kind: "put", key: keys.next, value: wish },
        { kind: "delete", from: keys.leader },
      ],
      reads: [],
    };
    this.session.count("leader.handOver");
    // None from now on, whatever is still heard of this claim: somebody else may be one before the
    // answer is here. If nothing comes of it, the key goes with its lease.
    this.leader = undefined;
    this.dropLease();
    this.onChange();
    this.session.ask({ kind: "commit", ...commit }, () => this.revoke(lease.id));
  }

  onCampaignTimer(): void {
    this.isTimerSet = false;
    this.campaign();
  }

  /** Time to ask for more, or the time is over. */
  onLeaseTimer(): void {
    this.leaseTimer = undefined;
    const { lease } = this;
    if (lease === undefined) return;
    const nowMs = this.session.env.now();
    if (nowMs >= lease.trustedUntilMs) return this.loseLease();
    if (nowMs >= lease.keepAliveAtMs) this.keepAlive(lease);
    this.setLeaseTimer();
  }

  stop(): void {
    if (this.lease !== undefined) this.revoke(this.lease.id);
    this.lease = undefined;
    this.leader = undefined;
  }

  private campaignSoon(): void {
    const { options, env } = this.session;
    if (options.candidate === "no" || this.isCampaigning || this.isTimerSet) return;
    const isHeir = this.heir === undefined || this.heir.name === env.self;
    const waitMs = isHeir ? 0 : Math.max(0, (this.heir?.untilMs ?? 0) - env.now());
    this.again(waitMs + env.random.real() * options.campaignDelayMaxMs);
  }

  private campaign(): void {
    if (this.isCampaigning || this.leader !== undefined || this.session.isStopped) return;
    this.isCampaigning = true;
    if (this.lease !== undefined && this.isTrusted) return this.claim(this.lease);
    const sentAtMs = this.session.env.now();
    const ttlMs = this.session.options.leaseTtlMs;
    this.session.ask({ kind: "grant", ttlMs }, (answer) => {
      if (answer.kind !== "leased" || answer.ttlMs <= 0) return this.onFailure(answer);
      this.claimsCount += 1;
      const claim = this.session.life + this.claimsCount;
      this.lease = { id: answer.lease, claim, trustedUntilMs: 0, keepAliveAtMs: 0 };
      this.trust(this.lease, sentAtMs, answer.ttlMs);
      this.claim(this.lease);
    });
  }

  private claim(lease: Lease): void {
    const { env, keys } = this.session;
    const value = encodeKept({ name: env.self, life: lease.claim });
    const commit: StoreCommit = {
      compares: [{ key: keys.leader, of: "created", revision: 0 }],
      writes: [
        { kind: "put", key: keys.leader, value, lease: lease.id },
        { kind: "delete", from: keys.next },
      ],
      reads: [oneKey(keys.leader)],
    };
    this.session.ask({ kind: "commit", ...commit }, (answer) => {
      if (answer.kind !== "committed") {
        // The lease may be what is wrong.
        this.giveUpLease();
        return this.onFailure(answer);
      }
      this.isCampaigning = false;
      this.backoff.reset();
      const [found] = items(answer.found);
      const { revision } = answer;
      const own = { key: keys.leader, value, createdAt: revision, modifiedAt: revision };
      this.onLeader(answer.isDone ? own : found, revision);
    });
  }

  private onFailure(answer: StoreAnswer): void {
    this.isCampaigning = false;
    const detail = answer.kind === "failed" ? answer.detail : "no lease was granted";
    this.session.trouble(`nobody can be made leader: ${detail}`);
    this.again(this.backoff.next());
  }

  private keepAlive(lease: Lease): void {
    const sentAtMs = this.session.env.now();
    lease.keepAliveAtMs = sentAtMs + this.keepAliveMs;
    this.session.ask({ kind: "keepAlive", lease: lease.id }, (answer) => {
      if (this.lease !== lease || answer.kind !== "leased") return;
      if (answer.ttlMs <= 0) return this.loseLease();
      this.trust(lease, sentAtMs, answer.ttlMs);
    });
  }

  private get keepAliveMs(): number {
    const { leaseTrustRatio, leaseTtlMs } = this.session.options;
    return leaseTtlMs * leaseTrustRatio * KEEP_ALIVE_RATIO;
  }

  private trust(lease: Lease, sentAtMs: number, ttlMs: number): void {
    const untilMs = sentAtMs + ttlMs * this.session.options.leaseTrustRatio;
    lease.trustedUntilMs = Math.max(lease.trustedUntilMs, untilMs);
    lease.keepAliveAtMs = sentAtMs + this.keepAliveMs;
    this.setLeaseTimer();
  }

  private loseLease(): void {
    const wasLeader = this.isOurs;
    this.session.count("lease.lost");
    this.giveUpLease();
    if (wasLeader) this.session.trouble("the leader's lease was not kept alive in time");
    this.onChange();
  }

  /** A key that goes with it goes at once, if the store can be reached. */
  private giveUpLease(): void {
    if (this.lease !== undefined) this.revoke(this.lease.id);
    this.dropLease();
  }

  private dropLease(): void {
    this.lease = undefined;
    if (this.leaseTimer !== undefined) this.session.env.clearTimer(this.leaseTimer);
    this.leaseTimer = undefined;
  }

  private revoke(lease: string): void {
    this.session.ask({ kind: "revoke", lease }, () => {});
  }

  private setLeaseTimer(): void {
    const { env } = this.session;
    if (this.lease === undefined) return;
    if (this.leaseTimer !== undefined) env.clearTimer(this.leaseTimer);
    const atMs = Math.min(this.lease.keepAliveAtMs, this.lease.trustedUntilMs);
    this.leaseTimer = env.setTimer({ kind: "lease" }, Math.max(1, atMs - env.now()));
  }

  private again(delayMs: number): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.session.env.setTimer({ kind: "again", what: "campaign" }, delayMs);
  }
}
