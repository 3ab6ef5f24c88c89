/** The floor under any JSON over HTTP in Node: node:http, and JSON.stringify of the same answer. */
import { serveParent } from "../child.ts";
import { serveJson } from "./serve-json.ts";

serveParent<{ answer: unknown }>(({ answer }) => serveJson(async () => answer));
