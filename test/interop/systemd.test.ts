/** The unit of deploy/ under a real systemd: credentials, state, restart, reload and the end. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OwnSystemd, systemdMissing } from "./own-systemd.ts";

const missing = await systemdMissing();
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

if (missing === undefined) describe("the unit of systemd, run", isRun);
else {
  it(`the unit of systemd is only read on this machine: ${missing}`, () => {
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", file]);
    expect([status, String(stderr)]).toEqual([0, ""]);
  });
}

function isRun(): void {
  let systemd: OwnSystemd;

  beforeAll(() => {
    const config = "bind: 127.0.0.1:7946\nadmin:\n  listen: 127.0.0.1:7980\n";
    systemd = new OwnSystemd({
      wanted: UNIT,
      units: { [UNIT]: unit, [`${UNIT}.d/here.conf`]: dropIn },
      etc: {
        "hearsay/agent.yaml": config,
        "hearsay/keyring": `${key}\n`,
        "hearsay/tokens": "admin tokenForTheOperatorsAlone0123\n",
      },
    });
  });
  afterAll(() => systemd.end());

  const starts = (): readonly string[] =>
    systemd
      .read(OUT)
      .split("\n")
      .filter((line) => line.includes(" listens on "));

  it("starts an agent, restarts one that was killed, reloads, and lets it leave", async () => {
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
  });
}
