/** What the replica of infos is called on every node. */
export const INFOS_REPLICA = "infos";
