/** A node of the info network written in Python, from the same .proto. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DriverProcess } from "./driver-process.ts";

const protos = fileURLToPath(new URL("../../proto/", import.meta.url));
const script = fileURLToPath(new URL("./info-network-peer/peer.py", import.meta.url));
const cache = fileURLToPath(
  new URL("../../node_modules/.cache/info-network-peer/", import.meta.url),
);
const files = ["cockroach/gossip/gossip.proto", "cockroach/gossip/node_descriptor.proto"];
/** Debian's own first: another Python may stand before it on the path, without its packages. */
const pythons = ["/usr/bin/python3", "python3"];

function python(): string | undefined {
  return pythons.find((program) => runs(program, "-c", "import grpc, google.protobuf.message"));
}

function runs(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Undefined when Python's gRPC and protobuf's compiler are there, else what installs them. */
export function grpcPythonMissing(): string | undefined {
  if (python() !== undefined && runs("protoc", "--version")) return undefined;
  return "install it with: apt-get install python3-grpcio python3-protobuf protobuf-compiler";
}

export interface PeerInfo {
  /** In hex; null: deleted. */
  readonly payload: string | null;
  readonly nodeId: number;
  readonly peerId: number;
  readonly hops: number;
  readonly origStamp: string;
  readonly ttlStamp: string;
}

export interface PeerView {
  readonly infos: Readonly<Record<string, PeerInfo>>;
  readonly heard: readonly {
    readonly from: "client" | "server";
    readonly nodeId: number;
    readonly alternate: string | null;
    readonly alternateNodeId: number;
    readonly keys: readonly string[];
    readonly clusterId: string;
    readonly stamps: Readonly<Record<string, string>>;
    /** Fields that the schema does not know. */
    readonly unknown: number;
  }[];
  /** Names of status codes, of streams that have ended. */
  readonly ended: readonly string[];
}

/** @throws when the schema cannot be compiled */
export function startPeer(): DriverProcess {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(protos, file)));
  const folder = join(cache, hash.digest("hex").slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    execFileSync("protoc", ["-I", protos, "--python_out", folder, ...files], { stdio: "inherit" });
  }
  return new DriverProcess([python() ?? "python3", script, folder]);
}
