/** Words every refusal for a limit the same way: what is allowed, what came, what to do instead. */
import { fail } from "../errors.ts";

/** `exceeded("aliases", 50, 73, "Use fewer.")`; `got` is "more" where counting stopped at the limit. */
export const limitExceeded = (
	what: string,
	limit: number,
	got: number | "more",
	instead = "Make it simpler.",
) =>
	fail(
		"LIMIT_EXCEEDED",
		`At most ${limit} ${what} are allowed, but ${got} came. ${instead}`,
		{ extensions: { limit, ...(got === "more" ? {} : { got }) } },
	);
