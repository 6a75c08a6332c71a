export type BroadcastTimer =
  | { readonly kind: "flush" }
  /** Letters whose sending failed are due again. */
  | { readonly kind: "mail" };
