import { describe, expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import type { DeathCertificate, Stamp } from "./death-certificates.messages.ts";
import { compareStamps } from "./death-certificates.messages.ts";
import { deathCertificatesDefaults } from "./death-certificates.options.ts";
import { DeathCertificates } from "./death-certificates.ts";

const ACTIVE_MS = 100;
const DORMANT_MS = 1_000;

function rig(self: string, options = {}) {
  const clock = { nowMs: 10_000 };
  const counts = new Map<string, number>();
  const certificates = new DeathCertificates(
    {
      self,
      wallClock: () => clock.nowMs,
      chooseSites: (count) => ["a", "b", "c"].slice(0, count),
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
    },
    {
      ...deathCertificatesDefaults,
      activeMs: ACTIVE_MS,
      dormantMs: DORMANT_MS,
      retentionSitesCount: 2,
      ...options,
    },
  );
  return { clock, counts, certificates };
}

const stamp = (atMs: number, name = "w"): Stamp => ({ atMs, origin: makeOrigin(name, 1) });
const certificate = (more: Partial<DeathCertificate> = {}): DeathCertificate => ({
  key: "k",
  ordinary: stamp(9_000),
  activatedMs: 10_000,
  sites: ["a", "b"],
  ...more,
});

describe("death certificates", () => {
  it("tell what is obsolete by ordinary stamps alone", () => {
    const { certificates } = rig("x");
    certificates.bury("k", stamp(9_000, "m"));
    expect(certificates.judge("k", stamp(8_999, "z")).kind).toBe("obsolete");
    expect(certificates.judge("k", stamp(9_000, "m")).kind).toBe("obsolete");
    expect(certificates.judge("k", stamp(9_000, "n")).kind).toBe("alive");
    expect(certificates.judge("other", stamp(1)).kind).toBe("alive");
    expect(compareStamps(stamp(1, "a"), stamp(1, "a"))).toBe(0);
  });

  it("are forgotten after τ1 but by their sites, and by those after τ2 more", () => {
    const [site, other] = [rig("a"), rig("x")];
    for (const { certificates, clock } of [site, other]) {
      certificates.take(certificate());
      clock.nowMs += ACTIVE_MS;
      expect([...certificates.active()]).toEqual([]);
    }
    expect([site.certificates.sweep(), other.certificates.sweep()]).toEqual([0, 1]);
    expect(site.certificates.isDormant("k")).toBe(true);
    site.clock.nowMs += DORMANT_MS;
    expect(site.certificates.judge("k", stamp(1)).kind).toBe("alive");
    expect(site.certificates.size).toBe(0);
  });

  it("awaken where they meet the item, once, with their ordinary stamp", () => {
    const { certificates, clock, counts } = rig("b");
    certificates.take(certificate());
    clock.nowMs += 5 * ACTIVE_MS;
    const verdict = certificates.judge("k", stamp(8_000));
    const activatedMs = clock.nowMs;
    expect(verdict).toEqual({ kind: "awakened", certificate: certificate({ activatedMs }) });
    clock.nowMs += ACTIVE_MS / 2;
    expect(certificates.judge("k", stamp(8_000)).kind).toBe("obsolete");
    expect(certificates.judge("k", stamp(9_500)).kind).toBe("alive");
    expect(counts.get("deathCertificates.awakened")).toBe(1);
    expect([...certificates.active()]).toHaveLength(1);
  });

  it("are news when newer, or activated later; late ones delete and go no further", () => {
    const { certificates, clock, counts } = rig("x");
    expect(certificates.take(certificate())).toBe("news");
    expect(certificates.take(certificate())).toBe("known");
    expect(certificates.take(certificate({ activatedMs: 10_001 }))).toBe("news");
    expect(certificates.take(certificate({ activatedMs: 9_999 }))).toBe("known");
    expect(certificates.take(certificate({ ordinary: stamp(8_000) }))).toBe("known");
    expect(certificates.take(certificate({ ordinary: stamp(9_100), activatedMs: 9_950 }))).toBe(
      "news",
    );
    clock.nowMs += 10 * ACTIVE_MS;
    expect(certificates.take(certificate({ ordinary: stamp(9_200) }))).toBe("late");
    expect(counts.get("deathCertificates.late")).toBe(1);
  });

  it("late at a site are kept there, dormant", () => {
    const { certificates, clock } = rig("a");
    clock.nowMs += 2 * ACTIVE_MS;
    expect(certificates.take(certificate())).toBe("late");
    expect(certificates.isDormant("k")).toBe(true);
  });

  it("of the far future are refused, and the bound drops the oldest", () => {
    const { certificates, counts } = rig("x", { certificatesMaxCount: 2 });
    expect(certificates.take(certificate({ activatedMs: 1e9 }))).toBe("refused");
    for (const key of ["k1", "k2", "k3"]) certificates.take(certificate({ key }));
    expect([...certificates.active()].map(({ key }) => key)).toEqual(["k2", "k3"]);
    expect(Object.fromEntries(counts)).toEqual({
      "deathCertificates.dropped.future": 1,
      "deathCertificates.dropped.full": 1,
    });
  });

  it("go when something newer is written, and only then", () => {
    const { certificates } = rig("x");
    certificates.take(certificate());
    certificates.forget("k", stamp(8_000));
    certificates.forget("none", stamp(8_000));
    expect(certificates.size).toBe(1);
    certificates.forget("k", stamp(9_001));
    expect(certificates.size).toBe(0);
  });
});
