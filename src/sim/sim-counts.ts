/** What happened so far. */
export class SimCounts {
  events = 0;
  timersFired = 0;
  packetsSent = 0;
  packetsDelivered = 0;
  /** To an address without a running node. */
  packetsToNobody = 0;
  /** By loss, partition, codec or a full line. */
  packetsLost = 0;
  packetsDoubled = 0;
  /** From or to a paused or blocked node whose buffer was full. */
  packetsOverflowed = 0;
  exchangesBegun = 0;
  exchangesFailed = 0;
  /** Links and connections. */
  linksDialled = 0;
  /** Because an end was cut off, or its machine gone. */
  linksBroken = 0;
  /** What was put into links and connections. */
  linkMessagesSent = 0;
  linkMessagesDelivered = 0;
  /** For there was no link, or it broke before they came out. */
  linkMessagesLost = 0;
}
