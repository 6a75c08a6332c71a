import { describe, expect, it } from "vitest";
import { crc32 } from "../../core/crc32.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { operationsDefaults } from "../operations/operations.options.ts";
import type { GiverPhase, SnapshotMessage } from "./snapshot.messages.ts";
import { decodeSnapshotMessage, encodeSnapshotMessage } from "./snapshot.wire.ts";
import { type Fetched, SnapshotDesk } from "./snapshot-desk.ts";

const [asker, giver] = [peerId("asker"), peerId("giver")];
const whole = Uint8Array.from({ length: 25 }, (_, at) => at);

/** Two desks, and the messages between them, which a test may change. */
class Rig {
  readonly counts: string[] = [];
  readonly ended: Fetched[] = [];
  readonly wire: { readonly to: PeerId; bytes: Uint8Array }[] = [];
  readonly timers = new Map<number, () => void>();
  given: { phase: GiverPhase; bytes: Uint8Array | undefined } = { phase: "joined", bytes: whole };
  nowMs = 0;
  readonly asking = this.desk();
  readonly giving = this.desk();
  private nextTimer = 1;

  fetch(): void {
    this.asking.fetch(giver, "operations/x", (fetched) => this.ended.push(fetched));
  }

  /** Delivers all that is on its way. */
  run(change: (message: SnapshotMessage) => SnapshotMessage = (message) => message): void {
    for (let next = this.wire.shift(); next !== undefined; next = this.wire.shift()) {
      const message = decodeSnapshotMessage(next.bytes);
      const bytes = message ? encodeSnapshotMessage(change(message)) : next.bytes;
      if (next.to === giver) this.giving.onMessage(asker, bytes);
      else this.asking.onMessage(giver, bytes);
    }
  }

  private desk(): SnapshotDesk {
    return new SnapshotDesk({
      channel: 14,
      numbers: { ...operationsDefaults, snapshotPartMaxBytes: 10, snapshotsGivenMaxCount: 1 },
      timers: {
        startTimer: (fire) => {
          this.timers.set(this.nextTimer, fire);
          this.nextTimer += 1;
          return this.nextTimer - 1;
        },
        stopTimer: (key) => this.timers.delete(key),
      },
      now: () => this.nowMs,
      links: () => ({
        use: () => {},
        send: (to, _, bytes) => {
          this.wire.push({ to, bytes });
          return "taken";
        },
      }),
      count: (name) => this.counts.push(name),
      step: (body) => body(),
      give: () => this.given,
    });
  }
}

describe("a desk of snapshots", () => {
  it("gives one in parts, whole as of the moment it was first asked for", () => {
    const rig = new Rig();
    rig.fetch();
    let parts = 0;
    rig.run((message) => {
      if (message.kind === "ask") return message;
      parts += 1;
      rig.given = { phase: "joined", bytes: Uint8Array.of(1) };
      return message;
    });
    expect(rig.ended).toEqual([{ phase: "joined", bytes: whole }]);
    expect([parts, rig.timers.size, rig.counts]).toEqual([3, 0, ["snapshotsGiven"]]);
  });

  it("says why there is none", () => {
    for (const phase of ["joining", "none"] as const) {
      const rig = new Rig();
      rig.given = { phase, bytes: undefined };
      rig.fetch();
      rig.run();
      expect(rig.ended).toEqual([{ phase }]);
    }
  });

  it("gives no more at a time than its bound, until one is let go of", () => {
    const rig = new Rig();
    rig.giving.onMessage(
      peerId("other"),
      encodeSnapshotMessage({ kind: "ask", id: 9, replica: "y", offset: 0 }),
    );
    rig.wire.length = 0;
    rig.fetch();
    rig.run();
    expect(rig.ended).toEqual([{ phase: "busy" }]);
    rig.nowMs = operationsDefaults.snapshotKeepMs;
    rig.fetch();
    rig.run();
    expect(rig.ended[1]?.phase).toBe("joined");
  });

  it("takes nothing for whole that is not: forged lengths and sums, wrong senders", () => {
    const forgeries: ((part: SnapshotMessage) => SnapshotMessage)[] = [
      (part) => (part.kind === "part" ? { ...part, checksum: 1 } : part),
      (part) => (part.kind === "part" ? { ...part, totalBytes: 2 ** 40 } : part),
      (part) => (part.kind === "part" ? { ...part, totalBytes: 3 } : part),
      (part) => (part.kind === "part" ? { ...part, bytes: new Uint8Array(0) } : part),
    ];
    for (const forge of forgeries) {
      const rig = new Rig();
      rig.fetch();
      rig.run(forge);
      expect(rig.ended).toEqual([{ phase: "lost" }]);
      expect(rig.timers.size).toBe(0);
    }
    const rig = new Rig();
    rig.fetch();
    const part = { kind: "part", id: 1, phase: "joined", totalBytes: 1 } as const;
    const bytes = Uint8Array.of(1);
    const message = encodeSnapshotMessage({ ...part, bytes, checksum: crc32(bytes) });
    rig.asking.onMessage(peerId("stranger"), message);
    rig.asking.onMessage(giver, Uint8Array.of(9, 9));
    expect([rig.ended, rig.counts]).toEqual([[], ["dropped.unknown", "dropped.malformed"]]);
  });

  it("gives up on who does not answer, and on whose link is lost", () => {
    const rig = new Rig();
    rig.fetch();
    rig.fetch();
    for (const [key, fire] of [...rig.timers].slice(0, 1)) {
      rig.timers.delete(key);
      fire();
    }
    expect(rig.ended).toEqual([{ phase: "lost" }]);
    rig.asking.onLinkLost(giver);
    expect([rig.ended.length, rig.timers.size]).toEqual([2, 0]);
    rig.fetch();
    rig.asking.close();
    expect(rig.timers.size).toBe(0);
  });
});
