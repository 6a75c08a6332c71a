/**
 * A systemd that minds units of a test alone: as process 1 of namespaces of its own, over a copy of
 * /etc and /var that goes with it. The machine's own systemd, if it has one, knows nothing of it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "./waiting.ts";

const SYSTEMD = "/lib/systemd/systemd";
/** Where systemd keeps what belongs to a unit. */
const GROUPS = "/sys/fs/cgroup/systemd";
const TARGET = "hearsay-test.target";
/** Longest wait for one thing. [because: below the time of a test, which would not say for what] */
const WAIT_MAX_MS = 50_000;
const BOOT_MAX_MS = 30_000;
/** What any service waits for; here all of it is there. */
const REACHED = ["sysinit", "basic", "network-online", "shutdown"];

/**
 * Undefined when one boots here, else why it does not: it takes more than programs, namespaces and
 * groups that not every machine lets a test have.
 */
export async function systemdMissing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "needs root, for namespaces";
  if (!existsSync(SYSTEMD)) return "needs systemd: apt-get install systemd";
  if (!existsSync(join(GROUPS, "cgroup.procs"))) return `needs a writable ${GROUPS}`;
  try {
    const systemd = new OwnSystemd({ units: {}, etc: {}, wanted: "" });
    const isUp = (): boolean => systemd.property(TARGET, "ActiveState") === "active";
    await systemd.until("a systemd to boot", isUp, BOOT_MAX_MS).finally(() => systemd.end());
    return undefined;
  } catch (error) {
    return String(error);
  }
}

export interface OwnSystemdFiles {
  /** By the name in the folder of units; `NAME.service.d/x.conf` is a drop-in. */
  readonly units: Readonly<Record<string, string>>;
  /** By the path below /etc. */
  readonly etc: Readonly<Record<string, string>>;
  /** The one that is started at once. */
  readonly wanted: string;
}

export class OwnSystemd {
  private readonly folder = mkdtempSync(join(tmpdir(), "hearsay-systemd-"));
  private readonly group = join(GROUPS, `hearsay-test-${process.pid}`);
  private readonly process: ChildProcess;
  private said = "";

  constructor({ etc, units, wanted }: OwnSystemdFiles) {
    const target = `[Unit]\nDefaultDependencies=no\nWants=${wanted}\n`;
    for (const name of REACHED) this.write(`units/${name}.target`, `[Unit]\nDescription=${name}\n`);
    this.write(`units/${TARGET}`, target);
    for (const [name, text] of Object.entries(units)) this.write(`units/${name}`, text);
    for (const [name, text] of Object.entries(etc)) this.write(`etc/${name}`, text);
    mkdirSync(join(this.folder, "etc"), { recursive: true });
    this.write("boot.sh", bootScript(this.folder));
    mkdirSync(this.group);
    const spaces = ["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--mount-proc"];
    const unshare = `unshare --fork --kill-child=KILL ${spaces.join(" ")}`;
    const enter = `echo $$ > ${this.group}/cgroup.procs`;
    // It ends with the test, however that ends.
    const minded = `setpriv --pdeathsig KILL ${unshare}`;
    this.process = spawn("sh", ["-c", `${enter} && exec ${minded} sh ${this.folder}/boot.sh`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
      });
    }
  }

  /** What `systemctl` answers; an empty text while nobody does. */
  systemctl(...words: readonly string[]): string {
    return this.run(["systemctl", "--no-pager", ...words]);
  }

  /** One property of a unit, as `systemctl show` tells it. */
  property(unit: string, name: string): string {
    return this.systemctl("show", unit, "-p", name, "--value").trim();
  }

  read(file: string): string {
    return this.run(["cat", file]);
  }

  async until(what: string, isSo: () => boolean, timeoutMs = WAIT_MAX_MS): Promise<void> {
    try {
      await waitUntil(what, timeoutMs, isSo);
    } catch (error) {
      throw new Error(`${String(error)}; systemd said: ${this.said}`);
    }
  }

  async end(): Promise<void> {
    this.process.kill("SIGKILL");
    // The last process of a group gives it free a moment after its end.
    await waitUntil("the end of systemd", WAIT_MAX_MS, () => removeGroup(this.group));
    rmSync(this.folder, { recursive: true });
  }

  private write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }

  /** In the namespaces of the systemd. */
  private run(words: readonly string[]): string {
    const { pid = 0 } = this.process;
    try {
      const child = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
      const target = ["-t", child, "-m", "-p", "-n", "-C"];
      const stdio = ["ignore", "pipe", "ignore"] as const;
      return execFileSync("nsenter", [...target, ...words], {
        encoding: "utf8",
        stdio: [...stdio],
      });
    } catch {
      return "";
    }
  }
}

/** /etc and /var are written over, in memory; mounts spread no farther than to its services. */
function bootScript(folder: string): string {
  const over = (place: string): string =>
    `mkdir -p ${folder}/memory/${place}/upper ${folder}/memory/${place}/work
mount -t overlay none -o lowerdir=/${place},upperdir=${folder}/memory/${place}/upper,` +
    `workdir=${folder}/memory/${place}/work /${place}`;
  return `set -e
mount --make-rprivate /
mkdir ${folder}/memory
mount -t tmpfs none ${folder}/memory
${over("etc")}
${over("var")}
mount -t tmpfs -o mode=755 none /run
mount -t tmpfs none /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
mount -t cgroup2 none /sys/fs/cgroup/unified
cp -r ${folder}/units /run/units
cp -r ${folder}/etc/. /etc
mount --make-rshared /
export container=hearsay-test SYSTEMD_UNIT_PATH=/run/units
exec ${SYSTEMD} --system --unit=${TARGET} --log-target=console --show-status=no
`;
}

/** False while a process is in it. */
function removeGroup(group: string): boolean {
  if (!existsSync(group)) return true;
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeGroup(join(group, entry.name))) return false;
    }
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
