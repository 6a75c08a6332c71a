/** What the command line needs of the judgement of histories. */
export {
  type HistoryVerdict,
  judgeHistory,
  readHistory,
} from "../testing/linearizability/history-file.ts";
