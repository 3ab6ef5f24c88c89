/** What the doctor made and has to take away again, also when it is interrupted or an answer was lost. */
import { type Api, NoAnswer } from "./api.ts";
import type { Answer, Request } from "./call.ts";
import { objectOf, textOf } from "./sample.ts";

export interface Made {
	/** Notes a thing of this kind; the newest is taken away first. */
	add(
		what: string,
		id: string,
		remove: Pick<Request, "path" | "ids" | "body">,
	): void;
	/** A contact may have been made that nobody told of: it is looked for by its e-mail. */
	maybe(email: string): void;
	/** Takes everything away. What could not be is told, with what to do. */
	remove(): Promise<readonly string[]>;
}

export const createMade = (api: Api, locationId: string): Made => {
	const things: { what: string; id: string; request: Request }[] = [];
	let lost: string | undefined;

	const add: Made["add"] = (what, id, remove) => {
		things.unshift({
			what,
			id,
			request: { method: "DELETE", ...remove, cleanup: true },
		});
	};
	/** By an endpoint that does not lag, as the gateway looks for what became of a write. */
	const find = async (email: string): Promise<string | undefined> => {
		try {
			const answer = await api.ask({
				method: "GET",
				path: "/contacts/search/duplicate",
				query: { locationId, email },
				fresh: true,
				cleanup: true,
			});
			if (!answer.ok)
				return `a contact with the e-mail ${email} may be left (looking for it was refused: ${answer.status})`;
			const id = textOf(objectOf(objectOf(answer.json).contact).id);
			if (id !== undefined) addContact({ add }, id);
			return undefined;
		} catch (error) {
			return `a contact with the e-mail ${email} may be left (${wordsOf(error)})`;
		}
	};

	return {
		add,
		maybe(email) {
			lost = email;
		},
		async remove() {
			const left: string[] = [];
			if (lost !== undefined) {
				const fault = await find(lost);
				if (fault) left.push(fault);
			}
			for (const { what, id, request } of things) {
				const fault = await api.ask(request).then(faultOf, wordsOf);
				if (fault) left.push(`${what} ${id} (${fault})`);
			}
			return left;
		},
	};
};

export const addContact = (
	{ add }: Pick<Made, "add">,
	contactId: string,
): void =>
	add("the contact", contactId, {
		path: "/contacts/{contactId}",
		ids: { contactId },
	});

const GONE = /not found|does not exist|id is invalid/i;

const faultOf = ({ ok, status, reason }: Answer): string | undefined =>
	ok || GONE.test(reason) ? undefined : `${status}: ${reason.slice(0, 100)}`;

const wordsOf = (error: unknown): string => {
	if (error instanceof NoAnswer) return error.message;
	throw error;
};
