/** What the thread begins with; made by thread-door.ts. */
import { parentPort, workerData } from "node:worker_threads";
import type { FromThread, ThreadStart, ToThread } from "./responder.messages.ts";
import { ThreadSide } from "./thread-side.ts";

const port = parentPort;
const start: unknown = workerData;
if (port !== null && isStart(start)) {
  const post = (message: FromThread): void => port.postMessage(message);
  const side = new ThreadSide({ post, close: () => port.close() }, start);
  port.on("message", (message: ToThread) => side.onMessage(message));
}

/** Whoever made the thread is of this package. */
function isStart(data: unknown): data is ThreadStart {
  return typeof data === "object" && data !== null && "marks" in data;
}
