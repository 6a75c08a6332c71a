import type { Member, MemberStatus } from "../../../../src/agent/admin.messages.ts";
import { duration } from "../shared/format.ts";

/** What each status means, in a newcomer's words. */
export const statusWords: Readonly<Record<MemberStatus, string>> = {
  alive: "answers probes",
  suspect: "did not answer; it has a little time to object",
  failed: "believed dead: it did not object in time",
  leaving: "said that it is going",
  left: "said goodbye",
};

/** Colour, shape and (beside it) a word: none of them alone carries the meaning. */
export function StatusMark({ status }: { readonly status: MemberStatus }) {
  return (
    <svg
      class={`mark mark-${status}`}
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      {shapeOf(status)}
    </svg>
  );
}

/** What a member that says of itself that it is busy means by it. */
export const degradedMeaning = "says that it is busy, and is given more time";
export const degradedWords = `degraded: ${degradedMeaning}`;

/** Two waves: it is slow. Stands beside the mark of the status, not in its place. */
export function DegradedMark() {
  return (
    <svg class="mark mark-degraded" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path
        d="M1 4.5q2.5-3 5 0t5 0M1 9q2.5-3 5 0t5 0"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
      />
    </svg>
  );
}

export function StatusWord({ member }: { readonly member: Pick<Member, "status" | "degraded"> }) {
  const { degraded, status } = member;
  return (
    <span class={`status status-${status}`}>
      <StatusMark status={status} /> {status}
      {degraded === undefined ? null : (
        <span class="status" title={troubleOf(degraded)} data-degraded>
          <DegradedMark /> degraded
        </span>
      )}
    </span>
  );
}

/** Why it says so, by its own measure. */
export function troubleOf({ delayMs, gcMs }: NonNullable<Member["degraded"]>): string {
  return (
    `It says that it is busy: its event loop stood still for up to ${duration(delayMs)}, ` +
    `its garbage collector for up to ${duration(gcMs)}.`
  );
}

function shapeOf(status: MemberStatus) {
  switch (status) {
    case "alive":
      return <circle cx="6" cy="6" r="4.5" fill="currentColor" />;
    case "suspect":
      return <path d="M6 1 11.5 11H.5Z" fill="currentColor" />;
    case "failed":
      return <path d="M2 2 10 10M10 2 2 10" stroke="currentColor" stroke-width="2.6" fill="none" />;
    case "leaving":
      return (
        <path
          d="M6 1.5a4.5 4.5 0 0 1 0 9Z M6 1.5a4.5 4.5 0 1 0 0 9"
          fill="none"
          stroke="currentColor"
        />
      );
    case "left":
      return <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.6" />;
  }
}
