/** What routes of convergence certificates answer; part of the admin API. */
import type { Certificate, Missing } from "../../node/api.ts";

/** `GET /v1/infos/KEY/everywhere` and `GET /v1/everywhere?replica=…&origin=…&seq=…`. */
export interface EverywhereAnswer extends Certificate {
  /** Whether every living member of the view is known to have it. */
  readonly everywhere: boolean;
  /** Who is not known to have it, when the time was over. */
  readonly missing: readonly Missing[];
}
