// Someone edits in the CRM, by hand: `npm run sandbox:event -- --type ContactUpdate --contact c1 --set city=Ulm`.
import { parseArgs } from "node:util";
import type { Edit } from "./crm/edit.ts";
import { EDIT_TYPES } from "./crm/edit.ts";

const HELP = `npm run sandbox:event -- --type TYPE [--contact ID] [--id ID] [--location ID] [--set FIELD=VALUE] [--port PORT] [--tls]

Causes a change in a running sandbox, as somebody in the CRM would, and has it send the webhook.

  --type TYPE        one of ${EDIT_TYPES.join(", ")}
  --contact ID       the contact; any when left out
  --id ID            the task, note or appointment
  --location ID      the location; the first when left out
  --set FIELD=VALUE  what changes, such as city=Ulm; repeat it for several
  --port PORT        where the sandbox listens; SANDBOX_PORT or 4001 when left out
  --tls              it was started with --tls
`;

/** Somebody asked what there is. */
class Help extends Error {}

/** What the flags ask for. Throws an Error that names the flag. */
export function editFrom(
	args: readonly string[],
	environment: { SANDBOX_PORT?: string | undefined } = {},
): { url: string; edit: Edit } {
	const { values } = parseArgs({
		args: [...args],
		strict: true,
		allowPositionals: false,
		options: {
			type: { type: "string" },
			contact: { type: "string" },
			id: { type: "string" },
			location: { type: "string" },
			set: { type: "string", multiple: true },
			port: { type: "string" },
			tls: { type: "boolean", default: false },
			help: { type: "boolean", short: "h", default: false },
		},
	});
	if (values.help) throw new Help();
	const { type } = values;
	if (type === undefined || !EDIT_TYPES.includes(type))
		throw new Error(
			`--type expects one of ${EDIT_TYPES.join(", ")}; got ${type ?? "nothing"}.`,
		);
	const port = values.port ?? environment.SANDBOX_PORT ?? "4001";
	if (!/^\d+$/.test(port))
		throw new Error(
			`--port (or SANDBOX_PORT) expects a port number; got ${port}.`,
		);
	return {
		url: `${values.tls ? "https" : "http"}://127.0.0.1:${port}/__sandbox/edits`,
		edit: {
			type,
			...(values.contact === undefined ? {} : { contactId: values.contact }),
			...(values.id === undefined ? {} : { id: values.id }),
			...(values.location === undefined ? {} : { locationId: values.location }),
			...(values.set === undefined ? {} : { set: fieldsFrom(values.set) }),
		},
	};
}

/** `city=Ulm` is text, `dnd=true` and `tags=["a"]` are JSON. */
function fieldsFrom(pairs: readonly string[]): Record<string, unknown> {
	return Object.fromEntries(
		pairs.map((pair) => {
			const [, key, text = ""] = /^([A-Za-z]\w*)=(.*)$/s.exec(pair) ?? [];
			if (key === undefined)
				throw new Error(`--set expects FIELD=VALUE; got ${pair}.`);
			try {
				return [key, JSON.parse(text)];
			} catch {
				return [key, text];
			}
		}),
	);
}

async function main(): Promise<void> {
	const { url, edit } = editFrom(process.argv.slice(2), {
		SANDBOX_PORT: process.env.SANDBOX_PORT,
	});
	const answer = await fetch(url, {
		method: "POST",
		body: JSON.stringify(edit),
	}).catch(() => {
		throw new Error(
			`No sandbox answers at ${url}; is it running, and its certificate trusted?`,
		);
	});
	const body = (await answer.json()) as { id?: string; error?: string };
	if (body.error !== undefined) throw new Error(body.error);
	process.stdout.write(`${edit.type}: ${body.id}\n`);
}

if (import.meta.main)
	await main().catch((error: NodeJS.ErrnoException) => {
		if (error instanceof Help) {
			process.stdout.write(HELP);
			return;
		}
		const help = error.code?.startsWith("ERR_PARSE_ARGS")
			? ". See npm run sandbox:event -- --help."
			: "";
		process.stderr.write(`sandbox: ${error.message}${help}\n`);
		process.exitCode = 1;
	});
