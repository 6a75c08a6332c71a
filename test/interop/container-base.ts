/**
 * An image to build on, where no registry can be asked for one: this machine's own Node, npm and
 * shell with the libraries that they need, under the name that the container file asks for.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const programs = ["/bin/sh", "/bin/mkdir", "/bin/chown", "/bin/cat", "/usr/bin/env"];
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** Undefined when images can be built, else the line that installs what builds them. */
export function buildahMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "run it as root, for it makes files of other users";
  try {
    execFileSync("buildah", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "install it with: apt-get install buildah";
  }
}

/** Fills the empty folder `root` with what the container file needs of its base. */
export function fillBase(root: string): void {
  for (const folder of ["tmp", "etc", "root", "usr/local/bin", "usr/local/etc"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  chmodSync(join(root, "tmp"), 0o1777);
  const users = "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/data:/bin/sh\n";
  writeFileSync(join(root, "etc/passwd"), users);
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
  for (const program of [process.execPath, ...programs]) copyProgram(program, root);
  symlinkSync(realpathSync(process.execPath), join(root, "usr/local/bin/node"));
  copyNpm(root);
  if (!existsSync(certificates)) return;
  mkdirSync(join(root, dirname(certificates)), { recursive: true });
  cpSync(realpathSync(certificates), join(root, certificates));
}

/** With the libraries that it is linked to. */
function copyProgram(program: string, root: string): void {
  const linked = execFileSync("ldd", [program], { encoding: "utf8" });
  const libraries = [...linked.matchAll(/(\/\S+)/g)].map(([, path = ""]) => path);
  for (const file of [program, realpathSync(program), ...libraries]) {
    const copy = join(root, file);
    if (existsSync(copy)) continue;
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(realpathSync(file), copy);
  }
}

/** As it is set up here, which is the only way that it knows to packages. */
function copyNpm(root: string): void {
  const [npm = ""] = execFileSync("which", ["npm"], { encoding: "utf8" }).split("\n");
  const folder = dirname(dirname(realpathSync(npm)));
  cpSync(folder, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  const registry = execFileSync("npm", ["config", "get", "registry"], {
    encoding: "utf8",
    cwd: "/",
  });
  writeFileSync(join(root, "usr/local/etc/npmrc"), `registry=${registry.trim()}\n`);
}

/** What the file says its stages begin with. */
export function baseNames(containerFile: string): readonly string[] {
  const text = readFileSync(containerFile, "utf8");
  const [, version = ""] = /^ARG NODE_VERSION=(\S+)$/m.exec(text) ?? [];
  const froms = [...text.matchAll(/^FROM (\S+)/gm)].map(([, name = ""]) => name);
  return [...new Set(froms.map((name) => name.replace(`$\{NODE_VERSION}`, version)))];
}
