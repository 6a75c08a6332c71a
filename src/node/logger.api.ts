/** How much is logged: a level and all that are worse. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where a node writes its log. */
export interface Logger {
  /** What helps to find out why. */
  debug(message: string, fields?: object): void;
  /** What happens in the normal course of things. */
  info(message: string, fields?: object): void;
  /** What somebody should know. */
  warn(message: string, fields?: object): void;
  /** What somebody should mend. */
  error(message: string, fields?: object): void;
}
