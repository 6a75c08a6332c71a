import type { MonitorSnapshot, NodeMonitorApi } from "../node/api.ts";

/** A monitor that says what the test says. */
export function fakeMonitor(snapshot: () => MonitorSnapshot): NodeMonitorApi {
  return {
    register: () => () => {},
    members: () => [...snapshot().members],
    groups: () => [...snapshot().groups],
    aggregates: () => [...snapshot().aggregates],
    suspects: () => snapshot().suspects,
    define: (name) => ({ name, read: () => undefined, close: () => {} }),
    alert: () => () => {},
    alerts: () => [...snapshot().alerts],
    snapshot,
    changes: () => {
      throw new Error("no changes here");
    },
    on: () => () => {},
  };
}

export const emptySnapshot: MonitorSnapshot = {
  node: "p1",
  group: "all",
  members: [],
  groups: [],
  aggregates: [],
  suspects: { members: [], groups: [] },
  alerts: [],
};
