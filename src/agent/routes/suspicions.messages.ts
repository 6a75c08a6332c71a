/** What `/v1/suspicions` answers; part of the admin API as admin.messages.ts is. */
import type { Suspicion } from "../../node/api.ts";

/** `GET /v1/suspicions`: what the failure detector of the agent makes of all others, by name. */
export interface SuspicionsAnswer {
  readonly detector: Suspicion["detector"];
  readonly deadLevel: number;
  /** What a JSON document cannot say, an infinite level, is its largest number. */
  readonly members: readonly Pick<Suspicion, "name" | "status" | "level" | "since" | "heardAt">[];
}
