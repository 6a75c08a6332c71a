/** What `/v1/reachability` answers; part of the admin API as admin.messages.ts is. */
import type { ReachabilityPath, ReachabilityPicture } from "../../node/api.ts";

export type PathAnswer = ReachabilityPath;

/** `GET /v1/reachability`: who reaches whom, as the agent knows it. */
export type ReachabilityAnswer = Pick<
  ReachabilityPicture,
  "local" | "members" | "row" | "exceptions" | "sides" | "silent" | "relayed"
>;
