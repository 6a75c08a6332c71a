import type { NodeCounters } from "./counters.ts";
import { linkReports } from "./links/link-reports.ts";
import { depthsOf } from "./links/linked-peer.ts";
import type { LinkReport } from "./links/links.api.ts";
import type { NodeMeasures } from "./measures.api.ts";
import type { NodeHost } from "./node-host.ts";
import type { Stack } from "./stack/stack.ts";
import type { NodeTraffic } from "./traffic/node-traffic.ts";

type Numbers = Readonly<Record<string, number>>;

export interface MeterParts {
  readonly host: NodeHost;
  readonly stack: () => Stack;
  readonly counters: NodeCounters;
  readonly traffic: NodeTraffic;
  /** What goes up and down in other parts of the node. */
  readonly gauges: () => readonly Numbers[];
}

/** What the host and the protocols of a node count, and how large what they hold is. */
export class NodeMeters implements NodeMeasures {
  private readonly parts: MeterParts;

  constructor(parts: MeterParts) {
    this.parts = parts;
  }

  metrics(): Numbers {
    const all = [this.counts(), this.stackGauges(), ...this.parts.gauges()];
    return Object.fromEntries(all.flatMap((numbers) => Object.entries(numbers)));
  }

  counts(): Numbers {
    const { counters, host, traffic } = this.parts;
    const counts = Object.entries(host.counts.snapshot());
    const ofHost = Object.fromEntries(counts.map(([name, value]) => [`host.${name}`, value]));
    return { ...counters.snapshot(), ...ofHost, ...traffic.counts() };
  }

  links(): LinkReport[] {
    const { host, stack } = this.parts;
    const times = { nowMs: host.now(), wallClock: host.wallClock() };
    return linkReports(stack().links.peers.values(), times);
  }

  private stackGauges(): Numbers {
    const stack = this.parts.stack();
    const { hearsayPeers, links, swim } = stack;
    const { queuedBytes, queuedFrames, upCount } = depthsOf(links.peers.values());
    return {
      "swim.livingMembers": swim.members.livingCount,
      "swim.knownMembers": swim.members.size,
      "swim.awarenessScore": swim.awarenessScore,
      "clock.excess": stack.clockExcessCount,
      "broadcast.backlog": stack.backlogCount,
      "hearsay.peers": hearsayPeers.size,
      "reconnect.places": stack.rememberedCount,
      "links.up": upCount,
      "links.queuedBytes": queuedBytes,
      "links.queuedFrames": queuedFrames,
    };
  }
}
