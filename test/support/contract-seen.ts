/** After each test file: tells the whole run what the file has exercised. */
import { afterAll } from "vitest";
import { reportSeen } from "./contract-watch.ts";

afterAll(reportSeen);
