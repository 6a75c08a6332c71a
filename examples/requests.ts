/**
 * One node asks another directly: a price for a basket, typed and checked by the topic's two
 * schemas. What the other throws comes back as an error with its message.
 * Run: npx tsx examples/requests.ts
 */
import { HearsayError, startNode } from "hearsay";
import { z } from "zod";

const Basket = z.object({ items: z.array(z.object({ name: z.string(), count: z.number() })) });
const Price = z.object({ total: z.number(), currency: z.string() });
const cents = new Map([
  ["tea", 350],
  ["bread", 290],
]);

const signal = AbortSignal.timeout(15_000);
const shop = await startNode({ name: "shop", bind: "127.0.0.1:0", signal });
const customer = await startNode({
  name: "customer",
  bind: "127.0.0.1:0",
  join: [shop.address],
  joinMin: 1,
  signal,
});
await customer.settled({ signal });

shop.topic("Price", { schema: Basket, reply: Price }).onRequest(({ items }, { from }) => {
  console.log(`shop: ${from} asks for ${items.length} items`);
  let total = 0;
  for (const { count, name } of items) {
    const each = cents.get(name);
    if (each === undefined) throw new Error(`there is no ${name} here`);
    total += each * count;
  }
  return { total, currency: "cents" };
});

const prices = customer.topic("Price", { schema: Basket, reply: Price });
const ask = (items: z.infer<typeof Basket>["items"]) =>
  customer.peer("shop").request(prices, { items }, { timeoutMs: 2_000 });

const { total, currency } = await ask([
  { name: "tea", count: 2 },
  { name: "bread", count: 1 },
]);
console.log(`customer: ${total} ${currency}`);
if (total !== 990) throw new Error("that is not the price");

try {
  await ask([{ name: "caviar", count: 1 }]);
} catch (error) {
  if (!(error instanceof HearsayError)) throw error;
  console.log(`customer: ${error.message}`);
}
await Promise.all([customer.stop(), shop.stop()]);
