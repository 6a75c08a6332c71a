/** A worker's end of `WorkerProcess`: what its parent orders, and the answers. */
export function answerOrders<Order>(perform: (order: Order) => Promise<unknown>): void {
  // Whoever gave the orders is gone.
  process.once("disconnect", () => process.exit());
  process.on("message", ({ id, order }: { id: number; order: Order }) => {
    perform(order).then(
      (answer) => process.send?.({ id, answer }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
}
