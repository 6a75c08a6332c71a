/** What the thread begins with; made by thread-door.ts. */
import { parentPort, workerData } from "node:worker_threads";
import type { FromThread, ThreadStart, ToThread } from "./responder.messages.ts";
import { ThreadSide } from "./thread-side.ts";

const port = parentPort;
if (port !== null) {
  const start: ThreadStart = workerData;
  const post = (message: FromThread): void => port.postMessage(message);
  const side = new ThreadSide({ post, close: () => port.close() }, start);
  port.on("message", (message: ToThread) => side.onMessage(message));
}
