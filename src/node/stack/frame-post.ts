import type { PeerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { SwimMember } from "../../peers/swim/swim.contract.ts";
import type { Swim } from "../../peers/swim/swim.ts";

export interface FramePostParts {
  readonly host: StackHost;
  readonly swim: Pick<Swim, "sendUserTo" | "sendUserStream">;
  /** The member that packets and streams for this peer go to; undefined when it is gone. */
  readonly memberOf: (peer: PeerId) => SwimMember | undefined;
  /** A larger frame goes over a stream of its own. */
  readonly frameMaxBytes: number;
  readonly streamTimeoutMs: number;
  /** Runs `run` when all that was written so far is durable; at once when it is. */
  readonly afterWrites: ((run: () => void) => void) | undefined;
}

/** How layers that speak of what is on disk send their frames to members. */
export class FramePost {
  private readonly parts: FramePostParts;

  constructor(parts: FramePostParts) {
    this.parts = parts;
  }

  /**
   * What is not durable yet, no message may tell of, whichever step it is sent in: `send` runs in a
   * step when all that was written so far is, unless `isStopped` then.
   */
  afterWrites(isStopped: () => boolean, send: () => void): void {
    const { afterWrites, host } = this.parts;
    const sendUnlessStopped = (): void => {
      if (!isStopped()) host.step(send);
    };
    if (afterWrites === undefined) sendUnlessStopped();
    else afterWrites(sendUnlessStopped);
  }

  /** False for who is gone. */
  canReach(peer: PeerId): boolean {
    return this.parts.memberOf(peer) !== undefined;
  }

  /** In a step. What fails is a message that was lost. */
  send(to: PeerId, frame: Uint8Array): void {
    const { frameMaxBytes, memberOf, streamTimeoutMs, swim } = this.parts;
    const member = memberOf(to);
    if (member === undefined) return;
    if (frame.length <= frameMaxBytes) swim.sendUserTo(member, frame);
    else swim.sendUserStream(member.address, frame, streamTimeoutMs);
  }

  /** Whether a frame goes into a packet. */
  isSmall(frame: Uint8Array): boolean {
    return frame.length <= this.parts.frameMaxBytes;
  }
}
