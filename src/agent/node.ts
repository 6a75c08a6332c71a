/** The node, for programs that see it only through the agent's layer. */
export type {
  HearsayNode,
  MonitorSnapshot,
  NodeOptions,
  Topic,
} from "../node/api.ts";
export { raft } from "../node/orderer/raft-choice.ts";
export { startNode } from "../node/start-node.ts";
