import type { GroupLayout } from "./grouping.ts";
import type { MonitorRoster } from "./monitor.contract.ts";

/**
 * The groups that a node goes by: those of the members of now. Only where members failed, and so
 * few are left that groups would be joined, the groups stand as they were for a while: who is to
 * agree that a whole group is dead must have been beside it, and still be.
 *
 * Nodes begin and end this as they hear of the failures, and so at about one time.
 */
export class LayoutInUse {
  private readonly roster: MonitorRoster;
  private made: GroupLayout;
  private version: number;
  private heldUntilMs: number | undefined;

  constructor(roster: MonitorRoster) {
    this.roster = roster;
    this.version = roster.version;
    this.made = roster.layout();
  }

  get current(): GroupLayout {
    return this.made;
  }

  /** @returns the one before, where there is another one now. */
  follow(nowMs: number, holdMs: number): GroupLayout | undefined {
    const { heldUntilMs, made, roster } = this;
    const isDue = heldUntilMs !== undefined && nowMs >= heldUntilMs;
    if (roster.version === this.version && !isDue) return undefined;
    this.version = roster.version;
    const next = roster.layout();
    const isJoining = made.isFinerThan(next);
    if (isJoining && heldUntilMs === undefined && this.hasLostSome(next)) {
      this.heldUntilMs = nowMs + holdMs;
    } else if (!isJoining || isDue) {
      this.heldUntilMs = undefined;
    }
    this.made = this.heldUntilMs === undefined ? next : roster.layout(made);
    return made;
  }

  private hasLostSome(next: GroupLayout): boolean {
    return [...this.made.groups.values()].some(({ members }) =>
      members.some((peer) => next.groupOf(peer) === undefined && !this.roster.hasLeft(peer)),
    );
  }
}
