import type { MemberStatus } from "../../../../src/agent/admin.messages.ts";

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

export function StatusWord({ status }: { readonly status: MemberStatus }) {
  return (
    <span class={`status status-${status}`}>
      <StatusMark status={status} /> {status}
    </span>
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
