/** The data models of the matrix. Adding one is an entry here. */

import type { HistoryUpdate } from "../../src/data/history/history.messages.ts";
import { type HistoryOptions, historyDefaults } from "../../src/data/history/history.options.ts";
import { History } from "../../src/data/history/history.ts";
import type { DataColumn } from "./town.ts";

function history(name: string, options: Partial<HistoryOptions>): DataColumn {
  return {
    name,
    make(origin, host) {
      const wiring = { origin: () => origin, ...host };
      const replica = new History(wiring, { ...historyDefaults, ...options });
      return {
        replica,
        sizeOf: (update) => (update as HistoryUpdate).payload.length + 20,
        write: (random) => replica.append(Uint8Array.of(random.below(256), random.below(256))),
        state: () =>
          [...replica.entries()]
            .map(([{ origin: who, seq }, { payload }]) => `${who} ${seq} ${payload.join()}`)
            .sort((a, b) => (a < b ? -1 : 1))
            .join("\n"),
      };
    },
  };
}

export const columns: readonly DataColumn[] = [history("history", {})];
