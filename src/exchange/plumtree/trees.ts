import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { log10 } from "../../core/math.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Root } from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";
import { Tree } from "./tree.ts";

/** Fewest peers that a "tolerant" tree begins with. [corrosion] */
const TOLERANT_EAGER_MIN = 3;

/** The tree or trees of one replica. */
export class Trees {
  private readonly peers: PeerView;
  private readonly options: PlumtreeOptions;
  /** Who is a neighbour; and, unless each root has its own, the tree. */
  private readonly common = new Tree();
  private readonly byRoot: BoundedMap<Origin, Tree> | undefined;

  constructor(peers: PeerView, options: PlumtreeOptions) {
    this.peers = peers;
    this.options = options;
    if (options.trees === "per-root") this.byRoot = new BoundedMap(options.rootsMaxCount);
    peers.forEachNeighbour((peer) => this.add(peer));
  }

  /** How a message names the tree of `origin`. */
  rootOf(origin: Origin): Root {
    return this.byRoot === undefined ? "" : origin;
  }

  /** The tree of an origin, if it has begun: nobody else's word begins one. */
  find(origin: Origin): Tree | undefined {
    return this.byRoot === undefined ? this.common : this.byRoot.peek(origin);
  }

  /** The tree of an origin of which this replica has taken something in. */
  of(origin: Origin): Tree {
    if (this.byRoot === undefined) return this.common;
    const known = this.byRoot.peek(origin);
    if (known !== undefined) return known;
    // Departs from [riak_core]: a new tree begins with all neighbours, not with those of the common
    // tree, for its first payload then finds the shortest ways from its own root.
    const tree = new Tree();
    for (const peer of this.common.eager) tree.add(peer, "eager");
    for (const peer of this.common.lazy) tree.add(peer, "eager");
    this.byRoot.set(origin, tree);
    return tree;
  }

  /** Calls `visit` for what `root` means here: peers may be of another mind about whose trees. */
  forEachMeant(root: Root, visit: (tree: Tree) => void): void {
    if (this.byRoot === undefined) return visit(this.common);
    if (root === "") {
      for (const [, tree] of this.byRoot) visit(tree);
      return;
    }
    // One that has not begun will begin with all neighbours eager.
    const tree = this.byRoot.peek(root);
    if (tree !== undefined) visit(tree);
  }

  hasNeighbour(peer: PeerId): boolean {
    return this.common.has(peer);
  }

  get neighbours(): PeerId[] {
    return [...this.common.eager, ...this.common.lazy];
  }

  add(peer: PeerId): void {
    this.common.add(peer, this.startOf(this.common));
    if (this.byRoot !== undefined) for (const [, tree] of this.byRoot) tree.add(peer, "eager");
  }

  remove(peer: PeerId): void {
    this.common.remove(peer);
    if (this.byRoot !== undefined) for (const [, tree] of this.byRoot) tree.remove(peer);
  }

  private startOf(tree: Tree): "eager" | "lazy" {
    if (this.options.trees !== "tolerant") return "eager";
    const wanted = Math.max(TOLERANT_EAGER_MIN, Math.round(3 * log10(this.peers.population)));
    return tree.eager.size < wanted ? "eager" : "lazy";
  }
}
