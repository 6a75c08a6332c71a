/** The numbers of death certificates. [Demers 1987 §2] */
export const deathCertificatesDefaults = {
  /** τ1: how long everybody keeps a certificate; longer than it takes to reach all. [guess] */
  activeMs: 600_000,
  /** τ2: how long its retention sites keep it on. [Demers 1987 §2: several times τ1; 30 days] */
  dormantMs: 2_592_000_000,
  /** r: nodes that keep a dormant copy; all are lost with a chance of 2^-r. [Demers 1987 §2: 4] */
  retentionSitesCount: 4,
  /** Certificates that are kept; the one activated longest ago makes room. [guess] */
  certificatesMaxCount: 100_000,
  /** How far in the future a peer's activation may lie. [DESIGN §3: remote clocks] */
  futureMaxMs: 5_000,
} as const;

export type DeathCertificatesOptions = {
  readonly [Name in keyof typeof deathCertificatesDefaults]: number;
};
