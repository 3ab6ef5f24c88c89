/** Which version of the gateway this is, as its package says. */
import own from "../package.json" with { type: "json" };

export const VERSION: string = own.version;
