/**
 * How many people are here? Three real processes count who comes and goes at each of them; the sum
 * is the same everywhere, without a server, and a process that dies takes no count of others along.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startNode } from "hearsay";

const [role, seed] = process.argv.slice(2);

if (role === "room") await room(seed ?? "");
else await hall();

/** One door: people come and go when the parent says so. */
async function room(address: string): Promise<void> {
  const name = `room-${process.pid}`;
  const joining = { join: [address], joinMin: 1, bind: "127.0.0.1:0", profile: "local" } as const;
  const node = await startNode({ name, ...joining });
  const present = node.crdts("building").counter("people");
  const rooms = node.crdts("building").set("rooms");
  await rooms.add(name);
  process.on("message", (amount: number) => {
    void present.add(amount).then(() => process.send?.("counted"));
  });
  process.send?.("ready");
}

/** Watches the sum, and moves people about. */
async function hall(): Promise<void> {
  const node = await startNode({ name: "hall", bind: "127.0.0.1:0", profile: "local" });
  const building = node.crdts("building");
  const present = building.counter("people");
  const file = fileURLToPath(import.meta.url);
  const children: ChildProcess[] = [];
  for (let at = 0; at < 3; at += 1) {
    const child = fork(file, ["room", node.address], { execArgv: [...process.execArgv] });
    children.push(child);
    await once(child, "message");
  }
  const [first, second, third] = children;
  if (first === undefined || second === undefined || third === undefined) throw new Error("none");
  await Promise.all([count(first, 3), count(second, 4), count(third, 5)]);
  await reaches(12);
  console.log("people:", present.value, "in rooms:", building.set("rooms").size);

  // One process is killed without a word: what it had counted stays.
  third.kill("SIGKILL");
  await once(third, "exit");
  await Promise.all([count(first, -1), count(second, 2), present.add(10)]);
  await reaches(23);
  console.log("people:", present.value, "after a room was lost");
  for (const child of [first, second]) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await node.stop();

  function reaches(wanted: number): Promise<void> {
    return new Promise((resolve) => {
      const end = present.watch((value) => {
        if (value !== wanted) return;
        setImmediate(() => end());
        resolve();
      });
    });
  }
}

async function count(child: ChildProcess, amount: number): Promise<void> {
  const counted = once(child, "message");
  child.send(amount);
  await counted;
}
