import { createHash, randomBytes } from "node:crypto";
import { realpathSync, unlinkSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HearsayError } from "../core/errors.ts";

const NAME = "lock.sock";
/** Longest path of a socket that every system takes (macOS: 104 bytes with the final zero). */
const SOCKET_PATH_MAX = 100;
/** Two that find the same dead lock may both take it over; by now the later one has. */
const DOUBT_MS = 50;
const ANSWER_MS = 2_000;
const NONCE_BYTES = 16;

/**
 * One process per directory. The lock is a socket on which its owner listens: the system ends it
 * with the process, however that ends, so a crash leaves nothing behind but a name that nobody
 * answers at, and that the next owner takes over.
 */
export class DirectoryLock {
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** @throws HearsayError DATA_DIR when another process has it, or no socket can be made there */
  static async take(directory: string): Promise<DirectoryLock> {
    const path = socketPath(directory);
    const nonce = randomBytes(NONCE_BYTES).toString("hex");
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(nonce);
    });
    try {
      await listen(server, path, directory);
      await new Promise((resolve) => setTimeout(resolve, DOUBT_MS));
      if ((await ask(path)) !== nonce) throw taken(directory);
    } catch (error) {
      server.close();
      throw error;
    }
    // A lock alone is no reason for the process to live on.
    server.unref();
    return new DirectoryLock(server);
  }

  release(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }
}

async function listen(server: Server, path: string, directory: string): Promise<void> {
  const problem = await tryListen(server, path);
  if (problem === undefined) return;
  if (problem.code !== "EADDRINUSE") throw failure(directory, problem);
  if ((await ask(path)) !== undefined) throw taken(directory);
  removeDead(path, directory);
  const again = await tryListen(server, path);
  if (again?.code === "EADDRINUSE") throw taken(directory);
  if (again !== undefined) throw failure(directory, again);
}

function tryListen(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => resolve(error);
    server.once("error", onError);
    server.listen(path, () => {
      server.off("error", onError);
      const at: AddressInfo | string | null = server.address();
      resolve(at === null ? new Error("the socket was closed") : undefined);
    });
  });
}

/** What the owner of the lock answers; undefined when there is none. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(path);
    // A process that is stopped accepts no more, but it is there.
    socket.setTimeout(ANSWER_MS, () => {
      resolve(answer);
      socket.destroy();
    });
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(answer));
  });
}

function removeDead(path: string, directory: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw failure(directory, error);
    }
  }
}

function socketPath(directory: string): string {
  const real = realpathSync(directory);
  if (process.platform === "win32") return `\\\\.\\pipe\\hearsay-${digest(real)}`;
  const path = join(real, NAME);
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return path;
  return join(tmpdir(), `hearsay-${digest(real)}.sock`);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function taken(directory: string): HearsayError {
  const fix = "stop it, or give this node another dataDir";
  return new HearsayError("DATA_DIR", `${directory} is in use by another process; ${fix}`);
}

function failure(directory: string, cause: unknown): HearsayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const detail = `${directory} cannot be locked (${reason}); it must be on a local file system`;
  return new HearsayError("DATA_DIR", detail, { cause });
}
