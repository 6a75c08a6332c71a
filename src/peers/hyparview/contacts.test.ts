import { describe, expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { RecordingLinkEnv } from "../../testing/recording-env.ts";
import type { PeerListener } from "../peer-view.ts";
import type { Contacts } from "./hyparview.contract.ts";
import type { HyParViewMessage } from "./hyparview.messages.ts";
import { type HyParViewOptions, hyparviewDefaults } from "./hyparview.options.ts";
import type { HyParViewTimer } from "./hyparview.timers.ts";
import { HyParView } from "./hyparview.ts";

/** Another membership: a list, of which the first are drawn. */
class Members implements Contacts {
  readonly names: string[];
  private readonly listeners: PeerListener[] = [];

  constructor(...names: string[]) {
    this.names = names;
  }

  get size(): number {
    return this.names.length;
  }

  get population(): number {
    return this.names.length + 1;
  }

  sample(_: unknown, count: number, out: PeerId[]): number {
    const drawn = this.names.slice(0, count);
    for (const [place, name] of drawn.entries()) out[place] = peerId(name);
    return drawn.length;
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  forEachNeighbour(): void {}

  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  add(name: string): void {
    this.names.push(name);
    for (const listener of this.listeners) listener.onPeerUp(peerId(name));
  }

  remove(name: string): void {
    this.names.splice(this.names.indexOf(name), 1);
    for (const listener of this.listeners) listener.onPeerDown(peerId(name));
  }
}

function rigOf(contacts: Members, given: Partial<HyParViewOptions> = {}) {
  const env = new RecordingLinkEnv<HyParViewMessage, HyParViewTimer>();
  const counts = new Map<string, number>();
  const counters = { add: (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1) };
  const wiring = { counters, afterStep: (body: () => void) => body(), contacts };
  const hyparview = new HyParView(env, wiring, { ...hyparviewDefaults, ...given });
  hyparview.start();
  /** Whom it has asked to be neighbours, or closed the link of, since. */
  const did = (): string[] =>
    env.taken().flatMap((action) => {
      if ("closeLink" in action) return [`close ${action.closeLink}`];
      if (!("send" in action)) return [];
      const { send, to } = action;
      if (send.kind === "neighbor") return [`${send.priority} ${to}`];
      return send.kind === "join" ? [`join ${to}`] : [];
    });
  const befriended = (...names: string[]): void => {
    for (const name of names) {
      hyparview.onLinkUp(peerId(name));
      hyparview.onMessage(peerId(name), { kind: "neighbor", priority: "high" });
    }
    env.taken();
  };
  const neighbours = (): string[] => {
    const names: string[] = [];
    hyparview.forEachNeighbour((peer) => names.push(String(peer)));
    return names;
  };
  return { befriended, counts, did, hyparview, neighbours };
}

describe("with another membership beside it", () => {
  it("joins by the first one that is found, and fills up with the next", () => {
    const members = new Members();
    const { did } = rigOf(members);
    members.add("a");
    expect(did()).toEqual(["join a"]);
    members.add("b");
    expect(did()).toHaveLength(1);
  });

  it("asks its contacts when the reserve is empty", () => {
    const members = new Members("a", "b", "c");
    const { befriended, did, hyparview } = rigOf(members);
    befriended("x", "y");
    hyparview.onLinkDown(peerId("x"));
    expect(did().toSorted()).toEqual(["low a", "low b", "low c"]);
  });

  it("asks them again after a pause while it has nobody", () => {
    const { did, hyparview } = rigOf(new Members("a", "b", "c"));
    expect(did()).toEqual([]);
    hyparview.onTimer({ kind: "join" });
    expect(did().length).toBeGreaterThanOrEqual(2);
  });

  it("has no neighbour that the other membership has lost, and closes its link", () => {
    const members = new Members("a", "b");
    const { befriended, did, neighbours } = rigOf(members);
    befriended("a", "b");
    members.remove("a");
    expect(neighbours()).toEqual(["b"]);
    expect(did()).toContain("close a");
  });

  it("asks some of those that come back although it wants nobody: halves grow together", () => {
    const members = new Members("a");
    const { befriended, did } = rigOf(members, { activeCount: 1, contactAsksCount: 1_000 });
    befriended("a");
    members.add("b");
    expect(did()).toEqual(["high b"]);
  });

  it("keeps no names in reserve that nobody has", () => {
    const { befriended, hyparview, counts } = rigOf(new Members("a", "b"));
    befriended("a");
    const names = ["b", "x", "y", "z"];
    const peers = names.map((name) => ({ peer: peerId(name) }));
    hyparview.onMessage(peerId("a"), { kind: "shuffleReply", peers });
    expect(hyparview.worthKeeping().map(({ peer }) => peer)).toEqual(["a", "b"]);
    expect(counts.get("hyparview.dropped.noMember")).toBe(3);
  });

  it("does nothing any more once it has left", () => {
    const members = new Members("a", "b");
    const { befriended, did, hyparview } = rigOf(members);
    befriended("a");
    hyparview.stop();
    did();
    members.add("c");
    members.remove("b");
    hyparview.onTimer({ kind: "join" });
    hyparview.onTimer({ kind: "shuffle" });
    expect(did()).toEqual([]);
  });
});
