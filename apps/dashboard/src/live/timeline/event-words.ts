import type { MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";

type Kind = TimelineEvent["kind"];

/** What happened, in a newcomer's words. */
export const kindWords: Readonly<Record<Kind, string>> = {
  join: "joined",
  update: "changed its tags or address",
  suspect: "is suspected: it did not answer",
  alive: "is alive again: it objected",
  fail: "is believed dead",
  leave: "left",
  degrade: "says that it is busy: it is given more time",
  recover: "says that it is well again",
  reap: "was forgotten",
};

export const kindStatus: Readonly<Record<Kind, MemberStatus>> = {
  join: "alive",
  update: "alive",
  suspect: "suspect",
  alive: "alive",
  degrade: "alive",
  recover: "alive",
  fail: "failed",
  leave: "left",
  reap: "left",
};
