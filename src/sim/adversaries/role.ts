import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { History } from "../../data/history/history.ts";
import type { PlumtreeMessage } from "../../exchange/plumtree/plumtree.messages.ts";
import type { RumorMessage } from "../../exchange/rumor/rumor.messages.ts";
import type { RumorOptions } from "../../exchange/rumor/rumor.options.ts";
import type { HyParViewMessage } from "../../peers/hyparview/hyparview.messages.ts";
import type { SimNode } from "../sim-node.ts";
import type { Twist } from "./twisted-env.ts";

/** What an adversary may use of itself and knows of the others. */
export interface Adversary {
  readonly host: SimNode;
  readonly history: History;
  readonly random: Random;
  /** All of them. */
  readonly accomplices: readonly PeerId[];
  readonly honest: readonly PeerId[];
  /** Sends straight to a peer as HyParView would; nothing where there is no such overlay. */
  readonly tell: (to: PeerId, message: HyParViewMessage) => void;
}

/** How nodes misbehave: the shipped protocols, with some of their messages changed, and deeds. */
export interface Role {
  readonly rumor?: Twist<RumorMessage>;
  readonly plumtree?: Twist<PlumtreeMessage>;
  /** Made for each adversary, which knows the others. */
  readonly hyparview?: (accomplices: readonly PeerId[]) => Twist<HyParViewMessage>;
  /** How it sets up its own rumours. */
  readonly rumorOptions?: Partial<RumorOptions>;
  /** Whom alone it calls with rumours, in place of everybody. */
  readonly favourites?: readonly number[];
  /** What it does of its own accord, ten times a second. */
  readonly act?: (adversary: Adversary) => void;
}
