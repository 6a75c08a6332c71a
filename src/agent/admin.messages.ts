/**
 * What travels between an agent and its clients, as JSON: `GET` answers, bodies of `POST`, and the
 * notices of `/v1/watch`. Client and routes share these types.
 */
import type {
  Gap,
  Member,
  MemberEvent,
  MemberStatus,
  ReplicaPlace,
  ReplicaSet,
  ViewSnapshot,
  WhyEntry,
} from "../node/api.ts";

import type { TimelineEvent } from "./routes/timeline.messages.ts";

export type { Member, MemberEvent, MemberStatus, ReplicaPlace, ReplicaSet, ViewSnapshot, WhyEntry };

/** `GET /v1/status`. */
export interface AgentStatus {
  readonly name: string;
  /** `ip:port` told to the cluster. */
  readonly address: string;
  readonly origin: string;
  readonly version: string;
  readonly pid: number;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  readonly members: Readonly<Record<MemberStatus, number>>;
  /** Keys in the keyring; 0 says that packets travel in the clear. */
  readonly keys: number;
  /** Its engine, "raft" or "etcd"; "none": there are no ordered logs, locks and ledgers here. */
  readonly order: string;
}

/** `GET /v1/members`. */
export interface MembersAnswer {
  readonly local: string;
  readonly members: readonly Member[];
}

/** `GET /v1/members/:name/near`: living members, the nearest first. */
export interface NearAnswer {
  readonly from: string;
  readonly near: readonly {
    readonly name: string;
    /** By network coordinates; absent while nothing is known. */
    readonly rttMs?: number | undefined;
    readonly errorRatio?: number | undefined;
    /** By this agent's own probes. */
    readonly measuredMs?: number | undefined;
  }[];
}

/** `GET /v1/members/:name/why`. */
export interface WhyAnswer {
  readonly name: string;
  readonly status: MemberStatus;
  readonly evidence: readonly WhyEntry[];
}

/** `GET /v1/replicas?name=…`. */
export interface ReplicasAnswer {
  readonly replicas: readonly ReplicaSet[];
}

/** `POST /v1/replicas/:replica/evict`. */
export interface EvictAnswer extends ReplicaPlace {
  readonly replica: string;
}

/** `POST /v1/join`: one entry for each address, in the order asked. */
export interface JoinAnswer {
  /** How many of the addresses answered. */
  readonly joined: number;
  readonly addresses: readonly {
    readonly address: string;
    readonly joined: boolean;
    /** Why not. */
    readonly error?: string;
  }[];
}

/** `POST /v1/leave`. */
export interface LeaveAnswer {
  readonly name: string;
  /** `left`: the others were told. `stopped`: that took too long; they will find it failed. */
  readonly end: "left" | "stopped";
}

/** `POST /v1/publish/:topic`. */
export interface PublishAnswer {
  readonly topic: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly durable: boolean;
}

/** `GET /v1/infos/:key`. */
export interface InfoAnswer {
  readonly key: string;
  /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
  readonly value: unknown;
  readonly from: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly clock: { readonly ms: number; readonly counter: number };
  /** Wall-clock milliseconds; absent for what does not end. */
  readonly expiresAt?: number;
  /** Of infos by gRPC: how they came here. */
  readonly path?: {
    readonly nodeId: number;
    readonly peerId: number;
    readonly hops: number;
    /** Nanoseconds since the epoch. */
    readonly origStamp: string;
  };
}

/** `GET /v1/infos?pattern=…`, by key. */
export interface InfosAnswer {
  readonly infos: readonly InfoAnswer[];
  /** A watch with `after` this tells all that happens from now on. */
  readonly cursor: string;
}

/** `PUT` and `DELETE /v1/infos/:key`. */
export interface WriteAnswer {
  readonly key: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly durable: boolean;
}

/** `POST /v1/query`. */
export interface QueryRequest {
  readonly name: string;
  readonly payload?: string;
  readonly timeoutMs?: number;
  readonly nodes?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly ack?: boolean;
}
export interface QueryAnswer {
  readonly acks: readonly string[];
  readonly answers: readonly {
    readonly from: string;
    /** Text, when the answer is UTF-8. */
    readonly text?: string;
    readonly base64: string;
  }[];
}

/** A key is a secret: an agent names it by its id (`keyId`) and never gives it out. */
export interface KeyringAnswer {
  readonly keys: readonly { readonly id: string; readonly primary: boolean }[];
}

/** One of the things that `GET /readyz` looks at. */
export interface HealthCheck {
  readonly name: "node" | "joined" | "settled" | "disk" | "order";
  readonly ok: boolean;
  readonly detail: string;
}

/** `GET /readyz`; 503 when not ready. */
export interface ReadyAnswer {
  readonly status: "ready" | "not-ready";
  /** Only for who may read. */
  readonly checks: readonly HealthCheck[];
}

/** Body of every answer that is no success. */
export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
}

/** One server-sent event of `/v1/watch`; `kind` is the name of the event. */
export type Notice =
  /** First on every stream: what happens from now on will be told. */
  | {
      readonly kind: "ready";
      readonly node: string;
      readonly topics: readonly string[];
      /** Of a watch with Last-Event-ID: whether it goes on there; false: it begins anew. */
      readonly resumed?: boolean;
    }
  | {
      readonly kind: "member";
      readonly event: MemberEvent;
      /** As in `/v1/timeline`, where those before can be had, and what was missed. */
      readonly number: number;
      readonly evidence: TimelineEvent["evidence"];
    }
  | {
      readonly kind: "message";
      readonly topic: string;
      readonly from: string;
      /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
      readonly value: unknown;
      readonly dot: { readonly origin: string; readonly seq: number };
      readonly clock: { readonly ms: number; readonly counter: number };
      /** What it came after, of a topic in causal order. */
      readonly after?: readonly {
        readonly tag: string;
        readonly origin: string;
        readonly seq: number;
      }[];
      /** Wall-clock milliseconds at this agent. */
      readonly at: number;
    }
  | {
      readonly kind: "info";
      /** `reset`: what was known before `after` cannot be told apart any more; all keys follow. */
      readonly what: "set" | "delete" | "expire" | "reset";
      readonly key: string;
      readonly value?: unknown;
      readonly from: string;
      /** Where a later watch may go on. */
      readonly cursor: string;
      readonly at: number;
    }
  /** Messages that this watcher will not get, for a bound of a history has dropped them. */
  | {
      readonly kind: "gap";
      readonly topic: string;
      readonly count: number;
      readonly ranges: Gap["ranges"];
    }
  | {
      readonly kind: "rejected";
      readonly topic: string;
      readonly from: string;
      readonly reason: string;
      readonly detail: string;
    }
  | {
      readonly kind: "event";
      readonly name: string;
      readonly text?: string;
      readonly base64: string;
      readonly lTime: number;
      readonly at: number;
    }
  /** As this agent sees it: those that are on come first. */
  | {
      readonly kind: "alert";
      readonly rule: string;
      /** `rule@epoch`: the same of all agents that tell of one occurrence. */
      readonly id: string;
      readonly state: "raised" | "cleared";
      /** Who tells users of it; absent while nobody is known to. */
      readonly firedBy?: string;
      readonly at: number;
    }
  /** This watcher was too slow; so many notices were dropped since the last one of this kind. */
  | { readonly kind: "dropped"; readonly count: number }
  /** The agent is going away; nothing more will come. */
  | { readonly kind: "end"; readonly reason: string };
