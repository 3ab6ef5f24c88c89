import type { Exchange } from "./exchange.ts";
export type Page = (exchange: Exchange) => Promise<void>;
