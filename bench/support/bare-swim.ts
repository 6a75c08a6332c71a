import type { SwimIdentity, SwimListener } from "../../src/peers/swim/swim.contract.ts";
import { noPassenger, noReports } from "../../src/peers/swim/telling/no-passenger.ts";
import { swimSizes } from "../../src/peers/swim/wire/swim-sizes.wire.ts";

const PORT = 7946;
const NOTHING = new Uint8Array(0);
const VERSIONS = Uint8Array.of(1, 5, 2, 0, 0, 0);

/** The `at`-th of many simulated nodes, from 0: 10.x.y.z, a name of 12 characters, no meta. */
export function identityOf(at: number): SwimIdentity {
  const number = at + 1;
  return {
    name: `member-${String(number).padStart(5, "0")}`,
    addr: Uint8Array.of(10, number >> 16, (number >> 8) & 255, number & 255),
    port: PORT,
    meta: NOTHING,
    vsn: VERSIONS,
  };
}

const listener: SwimListener = {
  onJoin: () => {},
  onLeave: () => {},
  onUpdate: () => {},
  onSuspect: () => {},
  onRefuted: () => {},
  onReap: () => {},
  onConflict: () => {},
};

/** What a SWIM needs around it when nothing rides on it and nobody listens, but for counters. */
export const bareWiring = {
  sizes: swimSizes,
  passenger: noPassenger,
  listener,
  reports: noReports,
};
