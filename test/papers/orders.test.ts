import { orders } from "../../src/sim/experiments/orders.ts";
import { holds } from "./experiments.ts";

holds(orders);
