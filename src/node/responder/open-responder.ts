import { randomInt } from "node:crypto";
import { degradedOptions } from "../../peers/degraded/degraded.options.ts";
import { UdpTcpTransport } from "../../transport/udp-tcp/udp-tcp.ts";
import type { Keyring } from "../../wire/keyring.ts";
import type { Logger, NodeOptions } from "../api.ts";
import type { StackOptions } from "../stack/stack.contract.ts";
import { responderDefaults } from "./responder.options.ts";
import { Responder } from "./responder.ts";

export interface OpenedResponder {
  readonly responder: Responder;
  readonly transport: UdpTcpTransport;
}

/** A responder, and the transport whose packets are its. Loaded only by who asks for one. */
export function openResponder(
  { label = "" }: NodeOptions,
  made: { readonly slices: StackOptions; readonly keyring: Keyring | undefined },
  ports: { readonly logger: Logger; die(error: Error): void },
): OpenedResponder {
  const { keyring, slices } = made;
  const { degradeAfterMs, leaseMs, renewIntervalMs } = slices.degraded ?? degradedOptions();
  const responder = new Responder({
    ...ports,
    options: slices.responder ?? responderDefaults,
    swim: slices.swim,
    degraded: { degradeAfterMs, leaseMs, renewIntervalMs },
    label,
    keyring,
    seed: randomInt(2 ** 47),
  });
  const transport = new UdpTcpTransport({}, (host, to) => responder.makePackets(host, to));
  return { responder, transport };
}
