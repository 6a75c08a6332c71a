import { orders } from "../../src/sim/experiments/order/orders.ts";
import { holds } from "./experiments.ts";

holds(orders);
