/** What `/v1/links` answers; part of the admin API as admin.messages.ts is. */
import type { LinkReport } from "../../node/api.ts";

/** `GET /v1/links`: the agent's links, by peer. */
export interface LinksAnswer {
  readonly links: readonly LinkReport[];
}
