export interface ErrorCodeEntry {
  /** True when the operation certainly did not, and never will, take effect. */
  readonly definite: boolean;
  /** What the code means, in one sentence of the reference. */
  readonly doc: string;
}

/** Every code a `HearsayError` may carry. The reference page is made from this table. */
export const errorCodes = {
  ABORTED: { definite: false, doc: "The caller's signal was aborted while it waited." },
  ADDRESS_INVALID: { definite: true, doc: "A text is no `host:port` or `[ipv6]:port`." },
  ADMIN_BAD_REQUEST: { definite: true, doc: "A request to the admin API is malformed." },
  ADMIN_BUSY: { definite: true, doc: "A limit of the admin API is reached for now." },
  ADMIN_CONTENT_TYPE: { definite: true, doc: "The admin API takes only application/json." },
  ADMIN_FORBIDDEN: { definite: true, doc: "A web page or a foreign host asked the admin API." },
  ADMIN_NOT_FOUND: { definite: true, doc: "The admin API has no such route or thing." },
  ADMIN_RATE: { definite: true, doc: "A client asked the admin API more often than it may." },
  ADMIN_TOKEN_REQUIRED: { definite: true, doc: "The admin API needs a token here." },
  ADMIN_TOO_LARGE: { definite: true, doc: "A request to the admin API exceeds its size limit." },
  ADMIN_UNAUTHORIZED: { definite: true, doc: "The token for the admin API is missing or wrong." },
  ADVERTISE_INVALID: { definite: true, doc: "No address can be told to others." },
  AGENT_FAILED: { definite: false, doc: "An agent answered something this version cannot read." },
  AGENT_STARTING: { definite: true, doc: "The agent listens but its node is not up yet." },
  AGENT_UNREACHABLE: { definite: false, doc: "No agent answers at the admin address." },
  BIND_FAILED: { definite: true, doc: "The address is taken, or not one of this machine." },
  CODEC_FAILED: { definite: true, doc: "A codec could not encode or decode the value." },
  CONFIG_OPTION: { definite: true, doc: "An option is unknown or outside its unit's range." },
  CONTEXT_INVALID: { definite: true, doc: "A context is none of this key, or of another life." },
  DATA_DIR: { definite: true, doc: "The data directory cannot be read, written or locked." },
  DEMO_FAILED: { definite: false, doc: "A step of the demonstration did not happen in time." },
  EVENT_TOO_LARGE: { definite: true, doc: "A Serf user event exceeds its size limit." },
  EVICTED: {
    definite: true,
    doc: "This node lost its place in a replica set: it discards what it kept and begins anew.",
  },
  EXPERIMENT_FAILED: { definite: false, doc: "A mean is too far from what was expected of it." },
  INFO_OVERTAKEN: {
    definite: true,
    doc: "What the info network holds of a key is stamped far ahead of this node's clock.",
  },
  INFO_UNKNOWN: { definite: true, doc: "No info of this key has a value here." },
  JOIN_FAILED: { definite: false, doc: "None of the addresses to join answered." },
  KEY_INVALID: { definite: true, doc: "A key is not base64 of 16, 24 or 32 bytes." },
  KEY_IN_USE: {
    definite: true,
    doc: "The primary key cannot be removed; make another one primary.",
  },
  KEY_UNKNOWN: { definite: true, doc: "The keyring does not hold this key." },
  LEAVE_TIMEOUT: { definite: false, doc: "The goodbye may not have reached the others in time." },
  LEDGER_CORRUPT: {
    definite: true,
    doc: "A ledger's files are not what was written: see which block, and restore them.",
  },
  LEDGER_HALTED: {
    definite: false,
    doc: "A ledger takes no more blocks, for two that are final contradict each other.",
  },
  LOCK_LOST: { definite: false, doc: "A lock was lost before what it guarded had ended." },
  LOG_FULL: {
    definite: true,
    doc: "An operation log has no room: who is away holds up what the others would drop.",
  },
  LOG_TRIMMED: {
    definite: true,
    doc: "Entries of an ordered log that a reader has not had are held nowhere any more.",
  },
  MEMBER_UNKNOWN: { definite: true, doc: "No member has this name." },
  MONITOR_OFF: { definite: true, doc: "This node takes no part in monitoring." },
  NAME_INVALID: { definite: true, doc: "A node name is empty, too long or not allowed." },
  NAME_TAKEN: { definite: true, doc: "A living member has this name already." },
  NODE_STOPPED: { definite: true, doc: "The node was stopped before the operation began." },
  OPERATION_TOO_OLD: {
    definite: false,
    doc: "An operation was first submitted so long ago that nobody knows whether it was executed.",
  },
  ORDER_LOST: {
    definite: true,
    doc: "What an engine outside holds of the order is not what it was before: see the node's log.",
  },
  ORDER_REFUSED: {
    definite: true,
    doc: "The order has not taken it: nobody leads, there is no room, or it makes no sense.",
  },
  ORDER_UNCERTAIN: { definite: false, doc: "No answer came in time: it may be ordered yet." },
  PACKAGE_MISSING: { definite: true, doc: "An optional package is not installed." },
  PEER_UNREACHABLE: { definite: true, doc: "No link to the peer could be had; nothing was sent." },
  QUERY_TOO_LARGE: { definite: true, doc: "A Serf query or its answer exceeds its size limit." },
  QUEUE_FULL: { definite: true, doc: "A bounded queue has no room and its rule is to refuse." },
  RAFT_STATE_LOST: {
    definite: true,
    doc: "This name is a voter of a living group, and its disk is another: remove it there first.",
  },
  REPLICA_UNKNOWN: { definite: true, doc: "Nobody here replicates anything of this name." },
  REQUEST_FAILED: { definite: false, doc: "The peer's own code failed to answer the request." },
  REQUEST_LOST: {
    definite: false,
    doc: "The link broke, or the peer stopped, before it answered.",
  },
  REQUEST_REFUSED: { definite: true, doc: "The peer does not take the request: see the reason." },
  SCENARIO_FAILED: { definite: false, doc: "A simulated scenario missed one of its thresholds." },
  SCENARIO_INVALID: {
    definite: true,
    doc: "A scenario is malformed; the message names the field.",
  },
  SCHEMA_ASYNC: { definite: true, doc: "A schema returned a promise; only synchronous ones work." },
  SCHEMA_INVALID: { definite: true, doc: "The value does not satisfy the topic's schema." },
  STATE_UNKNOWN: { definite: true, doc: "No state of this member and key is known here." },
  STORE_CONFLICT: { definite: true, doc: "The store is open already with other options." },
  STORE_FULL: { definite: true, doc: "A bounded store has no room for another key or value." },
  TAGS_TOO_LARGE: { definite: true, doc: "The member's tags encode to more bytes than allowed." },
  TAG_RESERVED: { definite: true, doc: "Tag names that begin with `_h` belong to Hearsay." },
  TEST_CLUSTER: { definite: true, doc: "A test cluster was asked for what it cannot do." },
  TIMEOUT: { definite: false, doc: "The wait ended before the thing waited for happened." },
  TOKEN_INVALID: {
    definite: true,
    doc: "What names a state of an operation log cannot be read, or is of a clock far ahead.",
  },
  TOPIC_CONFLICT: { definite: true, doc: "The topic is open already with other options." },
  TRANSPORT_CLOSED: { definite: true, doc: "The transport was closed before the operation." },
  USAGE: { definite: true, doc: "The command line is wrong; nothing was done." },
  VALUE_TOO_LARGE: { definite: true, doc: "The encoded value exceeds what can be sent." },
  VERSION_REFUSED: {
    definite: true,
    doc: "A write had not seen what it would have replaced, or there are too many values.",
  },
  WRITE_UNCERTAIN: {
    definite: false,
    doc: "The disk failed, or the node ended, before a write was known to be durable.",
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * The one class of error that reaches users. `code` is stable, the message says what to do, and
 * `cause` holds what lies beneath, if anything.
 */
export class HearsayError extends Error {
  override readonly name: string = "HearsayError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string, options?: { readonly cause?: unknown }) {
    super(`[${code}] ${detail}`, options);
    this.code = code;
  }

  /** True when the operation certainly did not, and never will, take effect (Maelstrom's idea). */
  get definite(): boolean {
    return errorCodes[this.code].definite;
  }
}
