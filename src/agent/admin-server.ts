import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { HearsayError } from "../core/errors.ts";
import { type AdminAddress, adminUrl } from "./access/admin-address.ts";
import { failureOf } from "./admin-failure.ts";
import type { AgentOptions } from "./agent.options.ts";

/** `client`: the address that the request came from. */
type Fetch = (request: Request, client: string) => Response | Promise<Response>;

/** The listening end of the admin API. It answers AGENT_STARTING until `serve` is called. */
export interface AdminServer {
  /** With the port really bound. */
  readonly url: string;
  serve(fetch: Fetch): void;
  /** Lets answers under way finish for a moment, then cuts every connection. */
  close(): Promise<void>;
}

/** Looks for late requests while one may arrive. [because: a late one is then a quarter later] */
const LATE_LOOKS_COUNT = 4;
const closeGraceMs = 500;
const closeSweepMs = 10;

/** @throws HearsayError BIND_FAILED */
export async function listenAdmin(
  address: AdminAddress,
  numbers: AgentOptions,
): Promise<AdminServer> {
  let answer: Fetch = refuseWhileStarting;
  const listener = getRequestListener(
    (request, { incoming }) => answer(request, incoming.socket.remoteAddress ?? ""),
    { overrideGlobalObjects: false },
  );
  const server = createServer(
    {
      requestTimeout: numbers.requestTimeoutMs,
      headersTimeout: numbers.requestTimeoutMs,
      // By itself Node looks twice a minute: so long could a few keep all others out.
      connectionsCheckingInterval: Math.ceil(numbers.requestTimeoutMs / LATE_LOOKS_COUNT),
    },
    (request, response) => void listener(request, response),
  );
  server.maxConnections = numbers.connectionsMaxCount;
  await listen(server, address);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  return {
    url: adminUrl({ host: address.host, port }),
    serve: (fetch) => {
      answer = fetch;
    },
    close: () => close(server),
  };
}

function refuseWhileStarting(): Response {
  const error = new HearsayError("AGENT_STARTING", "The node is still starting; ask again.");
  const { status, answer } = failureOf(error);
  return Response.json(answer, { status });
}

function listen(server: Server, address: AdminAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new HearsayError(
          "BIND_FAILED",
          `Cannot listen on ${adminUrl(address)} (${error.code ?? error.message}); ` +
            "choose another port with --admin HOST:PORT, or any free one with port 0.",
          { cause: error },
        ),
      );
    });
    server.listen(address.port, address.host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    // A connection kept alive becomes idle only when its last answer is out.
    const sweep = setInterval(() => server.closeIdleConnections(), closeSweepMs);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(sweep);
      resolve();
    });
  });
}
