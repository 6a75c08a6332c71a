import { historyDefaults } from "./history/history.options.ts";
import { History } from "./history/history.ts";

/**
 * Every data model that answers "what is kept". Adding one is a folder and a line here, and a
 * column of the matrix in test/matrix.
 */
export const dataModels = {
  history: {
    summary: "A bounded history of updates, such as the past of a topic",
    make: History,
    defaults: historyDefaults,
  },
} as const;
