/**
 * Feature flags that every process holds, without a store between them: one process sets a flag,
 * the others are told at once; a trial ends by itself; a watcher goes on where it stopped.
 */
import { once } from "node:events";
import { type HearsayNode, startNode } from "hearsay";
import { z } from "zod";

const flag = z.object({ on: z.boolean(), percent: z.number().min(0).max(100) });
const infos = { schemas: { "flag:*": flag } };
type Flag = z.infer<typeof flag>;

async function start(name: string, join: readonly string[]): Promise<HearsayNode> {
  return startNode({ name, join, joinMin: join.length, bind: "127.0.0.1:0", infos });
}

const shop = await start("shop", []);
const pay = await start("pay", [shop.address]);

// First every flag there is, then what happens.
const told: string[] = [];
let cursor = "";
pay.infos.watch<Flag>("flag:*", (notice) => {
  cursor = notice.cursor;
  told.push(`${notice.kind} ${notice.key} ${notice.value?.percent ?? ""}`.trim());
  changed.dispatchEvent(new Event("change"));
});
const changed = new EventTarget();
async function until(text: string): Promise<void> {
  while (!told.includes(text)) await once(changed, "change");
}

await shop.infos.set("flag:checkout", { on: true, percent: 10 });
await until("set flag:checkout 10");
console.log("pay reads", pay.infos.get<Flag>("flag:checkout"));

await shop.infos.set("flag:trial", { on: true, percent: 100 }, { ttlMs: 300 });
await until("expire flag:trial");
console.log("the trial has ended:", pay.infos.get("flag:trial") === undefined);

// What a schema does not take is refused before it is spread.
const refused = await shop.infos.set("flag:checkout", { on: true, percent: 110 }).catch(String);
console.log(refused);

// A watcher that was away is told what it missed, and no more.
await shop.infos.set("flag:dark", { on: false, percent: 0 });
await until("set flag:dark 0");
const missed: string[] = [];
pay.infos.watch("*", ({ key }) => missed.push(key), { after: cursor });
console.log("missed:", missed.length, "keys:", pay.infos.keys());

await pay.leave();
await shop.leave();
