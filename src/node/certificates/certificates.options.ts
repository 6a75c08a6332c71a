/** Waits until an update is everywhere. */
export const certificatesDefaults = {
  /** How long is waited when the caller does not say. [guess] */
  timeoutMs: 10_000,
  /** Waits of this node at once; further ones are refused. [guess] */
  waitsMaxCount: 256,
  /** Pause before who has it not is asked again; doubles. [guess] */
  askMinMs: 50,
  /** Longest such pause. [because: a round of anti-entropy takes as long] */
  askMaxMs: 1_000,
  /** Questions of others answered in a second; the rest is dropped, and asked again. [guess] */
  answersPerSecondCount: 5_000,
} as const;

export type CertificatesOptions = { readonly [Name in keyof typeof certificatesDefaults]: number };
