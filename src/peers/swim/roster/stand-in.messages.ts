/** Everything a stand-in asks its host to be woken for. */
export type StandInTimer =
  /** The alive that refutes goes to some more members. */
  | { readonly kind: "tellAgain" }
  /** Somebody else's probe, made for them, got no answer in time. */
  | { readonly kind: "relayTimeout"; readonly seqNo: number };
