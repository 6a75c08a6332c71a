/** Builds programs in Go that tests drive, each from the modules that its go.mod names. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the go.mod of memberlist and of Kubernetes' API ask for, at most. */
const GO_WANTED = "1.25.0";
/** From here on Go brings a newer Go by itself when a module wants one. */
const GO_SELF_RENEWING_MINOR = 21;
const BUILD_MAX_MS = 240_000;

/** Undefined when there is a Go, else the line that installs one. Any from Debian will do. */
export function goMissing(): string | undefined {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "install it with: apt-get install golang-go";
  }
}

/**
 * Path of the program whose sources stand in the folder `name` beside this file, built when they
 * have changed.
 * @throws when the build fails: no Go, or no way to its modules.
 */
export function goProgram(name: string): string {
  const sources = fileURLToPath(new URL(`./${name}/`, import.meta.url));
  const cache = fileURLToPath(new URL(`../../node_modules/.cache/${name}/`, import.meta.url));
  const program = join(cache, digestOf(sources), name);
  if (existsSync(program)) return program;
  mkdirSync(join(program, ".."), { recursive: true });
  const fresh = `${program}.${process.pid}`;
  const { go, toolchain } = newEnoughGo(cache);
  execFileSync(go, ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", fresh, "."], {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", ...toolchain },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: BUILD_MAX_MS,
  });
  renameSync(fresh, program);
  return program;
}

function digestOf(sources: string): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(sources).sort()) {
    hash.update(file).update(readFileSync(join(sources, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

interface Go {
  readonly go: string;
  readonly toolchain: Readonly<Record<string, string>>;
}

/** Go's toolchains are modules too: one too old to build the driver can still bring a new one. */
function newEnoughGo(cache: string): Go {
  const version = execFileSync("go", ["env", "GOVERSION"], { cwd: cache, encoding: "utf8" });
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (minor >= GO_SELF_RENEWING_MINOR) return { go: "go", toolchain: { GOTOOLCHAIN: "auto" } };
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const module = `golang.org/toolchain@v0.0.1-go${GO_WANTED}.${process.platform}-${arch}`;
  const args = ["mod", "download", "-json", module];
  const told = execFileSync("go", args, { cwd: cache, encoding: "utf8", timeout: BUILD_MAX_MS });
  const { Dir: folder }: { Dir: string } = JSON.parse(told);
  // Modules are unpacked without the right to execute.
  for (const place of ["bin", join("pkg", "tool", `${process.platform}_${arch}`)]) {
    const tools = join(folder, place);
    if (!existsSync(tools)) continue;
    for (const tool of readdirSync(tools)) chmodSync(join(tools, tool), 0o755);
  }
  return { go: join(folder, "bin", "go"), toolchain: { GOTOOLCHAIN: "local", GOROOT: folder } };
}
