/**
 * What this protocol sends: nothing of its own. A dial is a push/pull of the membership below with
 * whoever is at the address; its end comes back by `Reconnect.onDialEnd`.
 *
 *   A ══ push/pull (join) ══▶ where B was        refused or nobody: later again
 *   A ◀═════ push/pull ══════ B                  merged: gossip tells the rest
 */
export interface DialMessage {
  readonly kind: "dial";
  /** A node that sees nobody joins; one that has company looks for the other side. */
  readonly purpose: "join" | "heal";
}

export type ReconnectTimer = { readonly kind: "round" } | { readonly kind: "save" };
