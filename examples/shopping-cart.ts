/**
 * A shopping cart on two processes that cannot always hear each other: both sides of a conflict are
 * kept, whoever reads them merges them, and nothing that somebody put in is lost.
 */
import { once } from "node:events";
import { type HearsayNode, startNode, type Versions } from "hearsay";
import { z } from "zod";

const cart = z.array(z.string());
type Cart = z.infer<typeof cart>;

async function start(name: string, join: readonly string[]): Promise<HearsayNode> {
  return startNode({ name, join, joinMin: join.length, bind: "127.0.0.1:0", profile: "local" });
}

/** Resolves when the node holds so many values of the key. */
async function holds(carts: Versions<Cart, Cart>, key: string, count: number): Promise<void> {
  const changed = new EventTarget();
  let found = -1;
  const end = carts.watch(key, ({ values }) => {
    found = values.length;
    changed.dispatchEvent(new Event("change"));
  });
  while (found !== count) await once(changed, "change");
  end();
}

const east = await start("east", []);
const west = await start("west", [east.address]);
const eastern = east.versions("cart", { schema: cart });
const western = west.versions("cart", { schema: cart });

// Ann begins in the east. Her session remembers what she has seen.
const ann = eastern.session();
await ann.put("ann", ["bread"]);
await holds(western, "ann", 1);

// Her phone and her laptop have both read the cart, and both add to it, each at another node. The
// context says what each had read; neither knows of the other's write.
const phone = eastern.session();
const laptop = western.session();
const [onPhone, onLaptop] = [await phone.get("ann"), await laptop.get("ann")];
if (onPhone.status !== "ok" || onLaptop.status !== "ok") throw new Error("behind");
const [byPhone, byLaptop] = await Promise.all([
  phone.put("ann", [...(onPhone.values[0] ?? []), "milk"], onPhone.context),
  laptop.put("ann", [...(onLaptop.values[0] ?? []), "eggs"], onLaptop.context),
]);
console.log("phone:", byPhone.status, "laptop:", byLaptop.status);

// Both stand, on both nodes, until somebody who has read both writes one.
await Promise.all([holds(eastern, "ann", 2), holds(western, "ann", 2)]);
const read = await ann.get("ann");
if (read.status !== "ok") throw new Error(read.hint);
console.log("conflict:", read.values, "written by", read.siblings.map(({ from }) => from).join());
const merged = [...new Set(read.values.flat())].sort();
await ann.put("ann", merged, read.context);
await holds(western, "ann", 1);

// Who has not seen that is told so, and loses nothing either: it reads, merges and tries again.
const late = await laptop.put("ann", ["only this"], onLaptop.context);
console.log("laptop again:", late.status, "status" in late && "values" in late ? late.values : "");

// The session goes with Ann to the other node: she never reads anything older than she has seen.
const there = western.session({ token: ann.token() });
const same = await there.get("ann");
console.log("in the west:", same.status === "ok" ? same.values[0] : same.hint);

await west.leave();
await east.leave();
