/**
 * What this protocol asks of the membership below. The holder is whoever others know by our name.
 *
 *   us ── ask (stream ping for our name) ──▶ holder      answered: somebody lives there
 *   us ══ rejoin (push/pull) ══▶ any member              until the others found the holder dead
 */
export type SuccessionMessage = { readonly kind: "ask" } | { readonly kind: "rejoin" };

export type SuccessionTimer = { readonly kind: "again" };
