/** The unit of deploy/ under a real systemd: credentials, state, restart, reload and the end. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { OwnSystemd, systemdMissing } from "./own-systemd.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const file = `${root}deploy/systemd/hearsay.service`;
const unit = readFileSync(file, "utf8");
const UNIT = "hearsay.service";
const [OUT, LOG] = ["/run/agent.out", "/run/agent.err"];
const key = Buffer.alloc(32, 7).toString("base64");

/** What stands in /usr/bin elsewhere, though homes are hidden, and where what is said is read. */
const dropIn = `[Service]
BindReadOnlyPaths=${root}:/run/hearsay ${process.execPath}:/run/node
ExecStart=
ExecStart=/run/node /run/hearsay/dist/cli/main.js agent --config /etc/hearsay/agent.yaml
StandardOutput=append:${OUT}
StandardError=append:${LOG}
`;

/** What any machine can do. */
function read(missing: string): void {
  console.warn(`the unit is only read here: ${missing}`);
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", file]);
  expect([status, String(stderr)]).toEqual([0, ""]);
}

async function run(): Promise<void> {
  const config = "bind: 127.0.0.1:7946\nadmin:\n  listen: 127.0.0.1:7980\n";
  const systemd = new OwnSystemd({
    wanted: UNIT,
    units: { [UNIT]: unit, [`${UNIT}.d/here.conf`]: dropIn },
    etc: {
      "hearsay/agent.yaml": config,
      "hearsay/keyring": `${key}\n`,
      "hearsay/tokens": "admin tokenForTheOperatorsAlone0123\n",
    },
  });
  try {
    await startsAndEnds(systemd);
  } finally {
    await systemd.end();
  }
}

async function startsAndEnds(systemd: OwnSystemd): Promise<void> {
  const starts = (): readonly string[] =>
    systemd
      .read(OUT)
      .split("\n")
      .filter((line) => line.includes(" listens on "));
  await systemd.until("the first start", () => starts().length === 1);
  expect(systemd.property(UNIT, "ActiveState")).toBe("active");
  expect(systemd.property(UNIT, "User")).toBe("hearsay");

  systemd.systemctl("kill", "-s", "KILL", UNIT);
  await systemd.until("the second start", () => starts().length === 2);
  expect(systemd.property(UNIT, "NRestarts")).toBe("1");
  // Its name, drawn at the first start, was kept in the directory of its state.
  const names = starts().map((line) => line.split(" ")[0]);
  expect(names[1]).toBe(names[0]);

  systemd.systemctl("reload", UNIT);
  await systemd.until("the configuration to be read again", () =>
    systemd.read(LOG).includes("the configuration was read again"),
  );

  systemd.systemctl("stop", UNIT);
  await systemd.until("the end", () => systemd.property(UNIT, "ActiveState") === "inactive");
  expect(systemd.property(UNIT, "Result")).toBe("success");
  expect(systemd.property(UNIT, "ExecMainStatus")).toBe("0");
  expect(systemd.read(LOG)).toMatch(/"signal":"SIGTERM".*"msg":"leaving"/);
  expect(starts()).toHaveLength(2);
}

it("the unit starts an agent, again when it was killed, reloads, and lets it leave", async () => {
  const missing = await systemdMissing();
  await (missing === undefined ? run() : read(missing));
  expect.hasAssertions();
}, 240_000);
