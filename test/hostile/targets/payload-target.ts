import { type Origin, peerId } from "../../../src/core/peer.ts";
import type { Random } from "../../../src/core/random.ts";
import * as infoNetwork from "../../../src/data/info-network/info-network.wire.ts";
import {
  decodeBootstrapInfo,
  decodeNodeDescriptor,
  encodeNodeDescriptor,
} from "../../../src/data/info-network/node-descriptor.wire.ts";
import { decodeNodeState, encodeNodeState } from "../../../src/data/node-state/node-state.wire.ts";
import { decodeEvent } from "../../../src/data/ordered-log/event.ts";
import { decodeCommand, encodeCommand } from "../../../src/data/ordered-log/order-command.ts";
import { OrderState } from "../../../src/data/ordered-log/order-state.ts";
import {
  decodeOrderState,
  encodeOrderState,
} from "../../../src/data/ordered-log/order-state-bytes.ts";
import {
  decodeOrderedLog,
  encodeOrderedLog,
} from "../../../src/data/ordered-log/ordered-log.wire.ts";
import { decodeAgreement } from "../../../src/exchange/agreement/agreement.wire.ts";
import { ANTI_ENTROPY_CHANNEL } from "../../../src/exchange/anti-entropy/anti-entropy.messages.ts";
import { decodeAntiEntropy } from "../../../src/exchange/anti-entropy/anti-entropy.wire.ts";
import { decodeRumor as decodeBroadcast } from "../../../src/exchange/broadcast/broadcast.wire.ts";
import { PLUMTREE_CHANNEL } from "../../../src/exchange/plumtree/plumtree.messages.ts";
import { decodePlumtree } from "../../../src/exchange/plumtree/plumtree.wire.ts";
import { RUMOR_CHANNEL } from "../../../src/exchange/rumor/rumor.messages.ts";
import { decodeRumor } from "../../../src/exchange/rumor/rumor.wire.ts";
import { NamedFrames } from "../../../src/node/durable/named-frames.ts";
import { decodeJoint, encodeJoint } from "../../../src/node/orderer/machine-snapshots.ts";
import {
  decodeSnapshotMessage,
  encodeSnapshotMessage,
} from "../../../src/node/snapshots/snapshot.wire.ts";
import { decodeTraces, encodeTraces } from "../../../src/node/traces/traces.wire.ts";
import { decodeClaim, encodeClaim } from "../../../src/peers/degraded/degraded.wire.ts";
import {
  decodeCoordinate,
  decodeFilter,
  decodeSerf,
  decodeTags,
  encodeSerf,
  matchesExpression,
} from "../../../src/peers/serf/serf.wire.ts";
import { decodeRaft, encodeRaft } from "../../../src/raft/raft.wire.ts";
import { decodeAdvertMeta, parseAdvertText } from "../../../src/wire/advert.ts";
import { decodeFrame } from "../../../src/wire/frame.ts";
import { decodeText, encodeText } from "../../../src/wire/text.ts";
import { HostileFailure } from "../failure.ts";
import type { HostileInput } from "../mutation/mutator.ts";
import { bytesCodec } from "../mutation/round-messages.ts";
import { readLedger } from "./ledger-payloads.ts";
import type { Target } from "./target.ts";

const USER = 8;

/** What rides on SWIM: the decoders of Serf's messages and of Hearsay's frames, each by itself. */
export function payloadTarget(): Target {
  return {
    feed(input: HostileInput, random: Random) {
      const { bytes } = input;
      const payload = bytes[0] === USER ? bytes.subarray(1) : bytes;
      readSerf(payload);
      readFrame(payload);
      readInfoNetwork(payload);
      readOrderedLog(payload);
      readOrder(payload);
      readLedger(payload);
      decodeTags(payload);
      decodeCoordinate(payload);
      decodeAdvertMeta(payload);
      checkText(payload);
      const filter = decodeFilter(payload);
      if (filter?.kind === "tag") matchesExpression(filter.expression, filter.tag);
      if (random.chance(0.02)) matchesExpression(decodeText(payload), "a value of a tag");
    },
    finish() {},
    close() {},
  };
}

function readSerf(payload: Uint8Array): void {
  const message = decodeSerf(payload);
  if (message === undefined) return;
  const again = decodeSerf(encodeSerf(message));
  if (again?.kind !== message.kind) {
    throw new HostileFailure("outcome", `serf's ${message.kind} was not understood again`);
  }
}

function readFrame(payload: Uint8Array): void {
  const frame = decodeFrame(payload);
  if (frame !== undefined) decodeBroadcast(payload, frame);
  if (frame?.channel === ANTI_ENTROPY_CHANNEL) decodeAntiEntropy(frame.body, bytesCodec);
  if (frame?.channel === PLUMTREE_CHANNEL) decodePlumtree(frame.body, bytesCodec);
  if (frame?.channel === RUMOR_CHANNEL) decodeRumor(frame.body, bytesCodec);
  readState(frame?.body ?? payload);
  readClaim(frame?.body ?? payload);
  readTraces(frame?.body ?? payload);
  decodeAgreement("peer1#7" as Origin, frame?.body ?? payload);
  parseAdvertText(decodeText(payload.subarray(0, 20)));
}

function readTraces(body: Uint8Array): void {
  const message = decodeTraces(body);
  if (message === undefined) return;
  const bytes = encodeTraces(message);
  if (Buffer.compare(encodeTraces(decodeTraces(bytes) ?? message), bytes) !== 0) {
    throw new HostileFailure("outcome", `a ${message.kind} of traces was not understood again`);
  }
}

function readClaim(body: Uint8Array): void {
  const claim = decodeClaim(body);
  if (claim === undefined) return;
  if (decodeClaim(encodeClaim(claim))?.health !== claim.health) {
    throw new HostileFailure("outcome", `a claim of ${claim.health} was not understood again`);
  }
}

function readState(body: Uint8Array): void {
  const message = decodeNodeState(body);
  if (message === undefined) return;
  const bytes = encodeNodeState(message);
  if (Buffer.compare(encodeNodeState(decodeNodeState(bytes) ?? message), bytes) !== 0) {
    throw new HostileFailure("outcome", `a ${message.kind} of state was not understood again`);
  }
}

/** What is understood is understood again; what is ordered, also by the state that it comes to. */
function readOrderedLog(payload: Uint8Array): void {
  decodeEvent(payload, 1024 * 1024);
  const message = decodeOrderedLog(payload, peerId);
  if (message !== undefined) checkBytes("message", payload, encodeOrderedLog(message));
  const command = decodeCommand(payload);
  const state = new OrderState();
  if (command !== undefined) {
    if (decodeCommand(encodeCommand(command))?.kind !== command.kind) {
      throw new HostileFailure("outcome", `a ${command.kind} of an order was not understood again`);
    }
    state.apply(command);
    checkState(encodeOrderState(state));
  }
  if (decodeOrderState(payload) !== undefined) checkState(payload);
}

/** What travels between members of a group of order beside the data of its logs. */
function readOrder(payload: Uint8Array): void {
  const raft = decodeRaft(payload, peerId);
  if (raft !== undefined && decodeRaft(encodeRaft(raft), peerId)?.kind !== raft.kind) {
    throw new HostileFailure("outcome", `raft's ${raft.kind} was not understood again`);
  }
  const snapshot = decodeSnapshotMessage(payload);
  if (snapshot !== undefined) {
    checkBytes(snapshot.kind, payload, encodeSnapshotMessage(snapshot));
  }
  const joint = decodeJoint(payload);
  if (joint !== undefined) checkBytes("joint snapshot", payload, encodeJoint(joint));
  const frames = new NamedFrames({
    channel: 15,
    links: () => ({ send: () => "noLink" }),
    onUnknown: (name) => frames.take(name, () => {}),
    onDropped: () => {},
  });
  frames.onMessage(peerId("peer1"), payload);
}

function checkState(bytes: Uint8Array): void {
  const kept = decodeOrderState(bytes);
  const state = new OrderState();
  if (kept !== undefined) state.become(kept);
  const again = encodeOrderState(state);
  if (kept === undefined || decodeOrderState(again)?.end.place !== kept.end.place) {
    throw new HostileFailure("outcome", "the state of an order was not understood again");
  }
}

function checkBytes(what: string, bytes: Uint8Array, again: Uint8Array): void {
  if (Buffer.compare(bytes, again) === 0) return;
  throw new HostileFailure("outcome", `a ${what} of an ordered log was not understood again`);
}

/** What was understood is understood again; each message is tried as each of them. */
function readInfoNetwork(payload: Uint8Array): void {
  const request = infoNetwork.decodeInfoRequest(payload);
  if (request.kind === "message") {
    const bytes = infoNetwork.encodeInfoRequest(request.message);
    checkAgain("request", infoNetwork.decodeInfoRequest(bytes));
  }
  const response = infoNetwork.decodeInfoResponse(payload);
  if (response.kind === "message") {
    const bytes = infoNetwork.encodeInfoResponse(response.message);
    checkAgain("response", infoNetwork.decodeInfoResponse(bytes));
  }
  const descriptor = decodeNodeDescriptor(payload);
  if (descriptor !== undefined) {
    const again = decodeNodeDescriptor(encodeNodeDescriptor(descriptor));
    if (again?.nodeId !== descriptor.nodeId) {
      throw new HostileFailure("outcome", "a node's descriptor was not understood again");
    }
  }
  decodeBootstrapInfo(payload);
}

function checkAgain(what: string, again: infoNetwork.InfoReading<unknown>): void {
  if (again.kind === "message" && again.droppedCount === 0) return;
  throw new HostileFailure("outcome", `an info network's ${what} was not understood again`);
}

/** Whatever bytes a name is, the same bytes are passed on. */
function checkText(bytes: Uint8Array): void {
  const again = encodeText(decodeText(bytes));
  if (Buffer.compare(again, bytes) !== 0) {
    throw new HostileFailure("outcome", "a name was passed on as another one");
  }
}
