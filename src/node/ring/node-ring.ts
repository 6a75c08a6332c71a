import { HearsayError } from "../../core/errors.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PeerListener, PeerView } from "../../peers/peer-view.ts";
import { HashRing } from "../../peers/ring/hash-ring.ts";
import { ringDefaults } from "../../peers/ring/ring.options.ts";
import { callListener } from "../call-listener.ts";
import type { NodePorts } from "../node-ports.ts";
import type { Ring, RingChange } from "./ring.api.ts";

type Listener = (change: RingChange) => void;

/** The ring of a node: made when it is first asked for, and kept from then on. */
export class NodeRing implements Ring, PeerListener {
  private readonly name: string;
  private readonly ports: NodePorts;
  private readonly ring = new HashRing(ringDefaults.placesCount);
  private readonly listeners = new Set<Listener>();
  private joined = new Set<string>();
  private left = new Set<string>();
  private isToldSoon = false;
  private version = 0;

  constructor(name: string, view: PeerView, ports: NodePorts) {
    this.name = name;
    this.ports = ports;
    this.ring.add(name);
    view.forEachNeighbour((peer) => void this.ring.add(String(peer)));
    view.subscribe(this);
  }

  get members(): readonly string[] {
    return this.ring.members();
  }

  owner(key: string): string {
    return this.ring.owner(checkKey(key)) ?? this.name;
  }

  isOwn(key: string): boolean {
    return this.owner(key) === this.name;
  }

  owners(key: string, count: number): readonly string[] {
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new HearsayError("CONFIG_OPTION", `count is ${count}, but must be whole, from 1 on.`);
    }
    return this.ring.owners(checkKey(key), count);
  }

  on(listener: Listener): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const own: Listener = (change) => listener(change);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  onPeerUp(peer: PeerId): void {
    const name = String(peer);
    if (!this.ring.add(name)) return;
    if (!this.left.delete(name)) this.joined.add(name);
    this.tellSoon();
  }

  onPeerDown(peer: PeerId): void {
    const name = String(peer);
    if (name === this.name || !this.ring.remove(name)) return;
    if (!this.joined.delete(name)) this.left.add(name);
    this.tellSoon();
  }

  /** All that changed in one step is one change. */
  private tellSoon(): void {
    if (this.isToldSoon) return;
    this.isToldSoon = true;
    this.ports.afterStep(() => this.tell());
  }

  private tell(): void {
    this.isToldSoon = false;
    const [joined, left] = [[...this.joined].sort(), [...this.left].sort()];
    this.joined = new Set();
    this.left = new Set();
    if (joined.length === 0 && left.length === 0) return;
    this.version += 1;
    const change = Object.freeze({ joined, left, version: this.version });
    for (const listener of [...this.listeners]) {
      callListener(listener, change, (error) =>
        this.ports.onCallbackError("a listener of the ring", error),
      );
    }
  }
}

/** @throws HearsayError CONFIG_OPTION */
function checkKey(key: string): string {
  if (typeof key === "string") return key;
  throw new HearsayError("CONFIG_OPTION", `a key is text, not ${String(key)}.`);
}
