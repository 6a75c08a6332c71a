/**
 * Who does what, and how busy it is: each worker says it in its own state, which it alone writes;
 * the balancer reads that of all from its own memory, and hears of what changes.
 */
import { once } from "node:events";
import { type HearsayNode, startNode } from "hearsay";

interface Offer {
  readonly kind: string;
  readonly routes: readonly string[];
}

async function start(name: string, join: readonly string[]): Promise<HearsayNode> {
  return startNode({ name, join, joinMin: join.length, bind: "127.0.0.1:0" });
}

const balancer = await start("balancer", []);
const told: string[] = [];
const changed = new EventTarget();
balancer.state.watch("*", ({ key, kind, member }) => {
  told.push(`${member} ${kind} ${key}`);
  changed.dispatchEvent(new Event("change"));
});
async function until(text: string): Promise<void> {
  while (!told.includes(text)) await once(changed, "change");
}

const workers = [await start("w1", [balancer.address]), await start("w2", [balancer.address])];
for (const [at, { name, state }] of workers.entries()) {
  // A tag holds some hundred bytes; this may be as large as it likes.
  const routes = Array.from({ length: 200 }, (_, route) => `/shop/${name}/${route}`);
  await state.set("service", { kind: "web", routes } satisfies Offer);
  await state.set("load", 0.2 + at / 2);
  await until(`${name} set load`);
}

/** Reads touch no network: any request may ask. */
function leastBusy(): string | undefined {
  const loads = [...balancer.members].flatMap(({ name, state }) => {
    const load = state.get<number>("load");
    return load === undefined ? [] : [{ name, load }];
  });
  return loads.sort((one, other) => one.load - other.load)[0]?.name;
}

const routesCount = balancer.members.get("w1")?.state.get<Offer>("service")?.routes.length;
console.log("w1 serves", routesCount, "routes");
console.log("least busy:", leastBusy());

told.length = 0;
await workers[0]?.state.set("load", 0.9);
await until("w1 set load");
console.log("least busy:", leastBusy());

await workers[1]?.state.delete("load");
await until("w2 delete load");
console.log("least busy:", leastBusy());

for (const worker of workers) await worker.leave();
await balancer.leave();
