import type { ArrivalMeans } from "../../../../../src/agent/routes/traces.messages.ts";

/** By what means a message came, in a newcomer's words. */
export const meansWords: Readonly<Record<ArrivalMeans, string>> = {
  broadcast: "in a packet",
  mail: "by a stream: too large for a packet",
  plumtree: "along the tree",
  rumor: "as a rumour",
  bulk: "fetched: too large to be pushed",
  "anti-entropy": "by a repair",
};
