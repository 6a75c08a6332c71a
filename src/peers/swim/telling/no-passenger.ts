import type { SwimPassenger, SwimReports } from "../swim.contract.ts";

const NOTHING = new Uint8Array(0);

/** What SWIM carries besides, when nothing rides on it. */
export const noPassenger: SwimPassenger = {
  onUser: () => {},
  takeBroadcasts: () => [],
  hasBroadcasts: () => false,
  hasNews: () => false,
  localState: () => NOTHING,
  mergeRemoteState: () => {},
  ackPayload: () => NOTHING,
  onPingComplete: () => {},
  vetoMerge: () => undefined,
};

/** Whom SWIM tells of the ends of what it was asked for, when nobody waits. */
export const noReports: SwimReports = {
  onJoinResult: () => {},
  onSendResult: () => {},
  onMetaSent: () => {},
  onLeft: () => {},
};
