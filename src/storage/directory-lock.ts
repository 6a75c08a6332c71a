import { createHash, randomBytes } from "node:crypto";
import { realpathSync, statSync, unlinkSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HearsayError } from "../core/errors.ts";

const NAME = "lock.sock";
/** Longest path of a socket that every system takes (macOS: 104 bytes with the final zero). */
const SOCKET_PATH_MAX = 100;
/** Two may find the same dead lock, and one of them be held up just before it removes it. */
const DOUBT_MS = 50;
/** Takings over that others may be quicker at. */
const ATTEMPTS_MAX = 4;
const ANSWER_MS = 2_000;
const NONCE_BYTES = 16;
/** How the system says that nobody listens at a name. */
const NOBODY: readonly (string | undefined)[] = ["ECONNREFUSED", "ENOENT", "ENOTSOCK"];

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
    await listen(server, path, directory);
    // A lock alone is no reason for the process to live on.
    server.unref();
    await new Promise((resolve) => setTimeout(resolve, DOUBT_MS));
    // Not closed when it lost: closing removes the name, which is the winner's by now.
    if ((await ask(path)) !== nonce) throw taken(directory);
    return new DirectoryLock(server);
  }

  release(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }
}

async function listen(server: Server, path: string, directory: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const problem = await tryListen(server, path);
    if (problem === undefined) return;
    if (problem.code !== "EADDRINUSE") throw failure(directory, problem);
    const found = identityOf(path);
    if ((await ask(path)) !== undefined) throw taken(directory);
    removeDead(path, found, directory);
  }
  throw taken(directory);
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
    // Of another user, or with too many who ask: it is there all the same.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(NOBODY.includes(error.code) ? undefined : "");
    });
    socket.on("close", () => resolve(answer));
  });
}

/** Tells one socket from the next of its name, though the system may use its inode again. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.ctimeNs}`;
}

/** Removes just what nobody answered at: another may have taken it over since. */
function removeDead(path: string, found: string | undefined, directory: string): void {
  try {
    if (found !== undefined && identityOf(path) === found) unlinkSync(path);
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
