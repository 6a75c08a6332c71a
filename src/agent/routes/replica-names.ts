import type { HearsayNode, ReplicaSet } from "../../node/api.ts";
import type { NamedReplica } from "./replica-names.messages.ts";

/** All that this node knows of whose replicas are called `prefix` and a name, by name. */
export function replicasNamed(node: HearsayNode, prefix: string): NamedReplica[] {
  const sets = node.replicas.list().filter(({ replica }) => replica.startsWith(prefix));
  return sets.map((set) => named(set, prefix)).filter((one) => one.isOpen || one.nodesCount > 0);
}

function named({ places, replica, seenCount }: ReplicaSet, prefix: string): NamedReplica {
  const living = places.filter(({ alive, standing }) => alive && standing === "member");
  return {
    name: replica.slice(prefix.length),
    isOpen: seenCount !== undefined,
    nodesCount: living.length,
  };
}
