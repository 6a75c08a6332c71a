import { type PeerId, peerId } from "../../core/peer.ts";
import type { Exception, Matrix } from "../../peers/reachability/matrix.ts";
import { callListener } from "../call-listener.ts";
import type {
  PathKind,
  ReachabilityEvent,
  ReachabilityPath,
  ReachabilityPicture,
  ReachabilitySide,
} from "./reachability.api.ts";
import type { ReachabilityLayer } from "./reachability-layer.ts";

export interface NodeReachabilityPorts {
  wallClock(): number;
  afterStep(body: () => void): void;
  onCallbackError(where: string, error: unknown): void;
}

type Listener = (event: ReachabilityEvent) => void;

/** What users see of paths: pictures of one moment, and what has changed between two. */
export class NodeReachability {
  private readonly ports: NodeReachabilityPorts;
  private readonly layer: ReachabilityLayer;
  private readonly listeners = new Set<Listener>();
  /** The paths that were not direct when listeners were told last. */
  private known = new Map<string, Exception>();
  private isDue = false;

  constructor(ports: NodeReachabilityPorts, layer: ReachabilityLayer) {
    this.ports = ports;
    this.layer = layer;
    layer.onChange = () => this.onChange();
  }

  on(listener: Listener): () => void {
    if (this.listeners.size === 0) this.known = exceptionsOf(this.layer.matrix());
    const own: Listener = (event) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  close(): void {
    this.listeners.clear();
  }

  private onChange(): void {
    if (this.isDue || this.listeners.size === 0) return;
    this.isDue = true;
    this.ports.afterStep(() => this.tell());
  }

  private tell(): void {
    this.isDue = false;
    const matrix = this.layer.matrix();
    const before = this.known;
    this.known = exceptionsOf(matrix);
    const at = this.ports.wallClock();
    const change = ({ from, to }: Exception, was: PathKind): void => {
      const after = matrix.cell(from, to).kind;
      if (after === was) return;
      const event = { from: String(from), to: String(to), before: was, after, at };
      this.emit(Object.freeze(event));
    };
    for (const [key, exception] of before) {
      if (!this.known.has(key)) change(exception, exception.cell.kind);
    }
    for (const [key, exception] of this.known) {
      change(exception, before.get(key)?.cell.kind ?? "direct");
    }
  }

  private emit(event: ReachabilityEvent): void {
    for (const listener of [...this.listeners]) {
      callListener(listener, event, (error) =>
        this.ports.onCallbackError("a listener of reachability", error),
      );
    }
  }
}

export interface PictureParts {
  readonly local: string;
  /** Living members. */
  readonly members: readonly string[];
  readonly takesPart: (peer: PeerId) => boolean;
  readonly matrix: Matrix;
  readonly relayed: ReachabilityPicture["relayed"];
}

/** Plain, frozen data, and two questions to it. */
export function reachabilityPicture(parts: PictureParts): ReachabilityPicture {
  return Object.freeze(new Picture(parts));
}

class Picture implements ReachabilityPicture {
  readonly local: string;
  readonly members: readonly string[];
  readonly row: readonly ReachabilityPath[];
  readonly exceptions: readonly ReachabilityPath[];
  readonly sides: readonly ReachabilitySide[];
  readonly silent: readonly string[];
  readonly relayed: ReachabilityPicture["relayed"];
  readonly #matrix: Matrix;
  readonly #living: ReadonlySet<string>;

  constructor({ local, matrix, members, relayed, takesPart }: PictureParts) {
    this.#matrix = matrix;
    this.#living = new Set(members);
    this.local = local;
    this.members = [...members].sort((one, other) => (one < other ? -1 : 1));
    const others = this.members.filter((name) => name !== local);
    this.row = others.map((name) => this.path(local, name));
    this.exceptions = [...exceptionsOf(matrix)]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { from, to }]) => this.path(String(from), String(to)));
    this.sides = matrix.sides(this.members.map((name) => peerId(name))).map(plainSide);
    this.silent = others.filter((name) => !takesPart(peerId(name)));
    this.relayed = relayed;
  }

  path(from: string, to: string): ReachabilityPath {
    const areMembers = this.#living.has(from) && this.#living.has(to);
    if (!areMembers) return { from, to, kind: "unknown", packets: "unknown", streams: "unknown" };
    const { ageMs, kind, packets, sinceMs, streams, via } = this.#matrix.cell(
      peerId(from),
      peerId(to),
    );
    return Object.freeze({
      ...{ from, to, kind, packets, streams },
      ...(via !== undefined && { via: String(via) }),
      ...(sinceMs !== undefined && { sinceMs: Math.round(sinceMs) }),
      ...(ageMs !== undefined && { ageMs: Math.round(ageMs) }),
    });
  }

  isCutFrom(one: string, other: string): boolean {
    return this.#matrix.isCut(peerId(one), peerId(other));
  }
}

function exceptionsOf(matrix: Matrix): Map<string, Exception> {
  const found = new Map<string, Exception>();
  for (const exception of matrix.exceptions()) {
    found.set(keyOf(exception.from, exception.to), exception);
  }
  return found;
}

function plainSide({
  cutFrom,
  members,
}: {
  members: readonly PeerId[];
  cutFrom: readonly PeerId[];
}) {
  return Object.freeze({ members: members.map(String), cutFrom: cutFrom.map(String) });
}

function keyOf(from: PeerId | string, to: PeerId | string): string {
  return `${from}\u0000${to}`;
}
