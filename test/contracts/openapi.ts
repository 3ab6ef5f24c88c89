// Checks requests and answers against the vendor's OpenAPI file, allowing only what is known to be wrong in it.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

/** The schema of search answers that the vendor withdrew in 2025, read as its notes say: all but two fields may be null. */
export function loadSearchAnswer(): (answer: unknown) => string[] {
	const file = new URL(
		"contacts-search-response.2025-08.schema.json",
		pathToFileURL(contractPath),
	);
	const schema = JSON.parse(readFileSync(file, "utf8"));
	const { properties } = schema.definitions.Contact;
	for (const key of Object.keys(properties))
		if (key !== "id" && key !== "locationId")
			properties[key] = { anyOf: [properties[key], { type: "null" }] };
	properties.searchAfter = { type: "array" };
	properties.dateOfBirth = {};
	schema.definitions.CustomFieldSchema.properties.value = {};
	const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
	return (answer) =>
		validate(answer)
			? []
			: (validate.errors ?? []).map(
					(error) => `${error.instancePath} ${error.message}`,
				);
}

interface Schema {
	[key: string]: unknown;
}

interface Operation {
	parameters?: {
		name: string;
		in: string;
		required?: boolean;
		schema?: Schema;
	}[];
	requestBody?: { content: Record<string, { schema: Schema }> };
	responses: Record<
		string,
		{ content?: Record<string, { schema?: Schema }> } | undefined
	>;
}

interface Document {
	paths: Record<string, Record<string, Operation>>;
	components: {
		schemas: Record<string, { properties: Record<string, Schema> }>;
	};
}

export interface Exchange {
	method: string;
	/** Path with query string. */
	path: string;
	request?: unknown;
	status: number;
	answer: unknown;
}

export interface Contract {
	/** "GET /contacts/{contactId}" for every operation of the file. */
	operations: readonly string[];
	operationOf(method: string, path: string): string | undefined;
	/** What is wrong with the request; empty when nothing is. */
	requestFaults(exchange: Exchange): string[];
	answerFaults(exchange: Exchange): string[];
}

/** Where the file is looked for: CONTACTS_API_OPENAPI, else beside the project. */
export const contractPath =
	process.env.CONTACTS_API_OPENAPI ??
	fileURLToPath(
		new URL(
			"../../../shared/contract/openapi/contacts-api.json",
			import.meta.url,
		),
	);

export const contractMissing = existsSync(contractPath)
	? undefined
	: `skipped: no OpenAPI file at ${contractPath}; set CONTACTS_API_OPENAPI to check against one`;

export function loadContract(): Contract {
	const document: Document = JSON.parse(readFileSync(contractPath, "utf8"));
	repair(document);
	const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
	formats.default(ajv);
	ajv.addSchema(document, "contract");
	const validators = new Map<string, ValidateFunction>();
	const check = (pointer: string, value: unknown): string[] => {
		let validate = validators.get(pointer);
		if (validate === undefined) {
			validate = ajv.compile({ $ref: `contract#${pointer}` });
			validators.set(pointer, validate);
		}
		if (validate(value)) return [];
		return (validate.errors ?? []).map(
			(error) => `${error.instancePath || "body"} ${error.message}`,
		);
	};
	const routes = Object.keys(document.paths).map((template) => ({
		template,
		// A fixed word wins over a parameter, as in /contacts/search.
		parameters: template.split("{").length,
		pattern: new RegExp(
			`^${template.replaceAll(/\{[^}]+\}/g, "[^/]+").replace(/\/$/, "")}/?$`,
		),
	}));
	routes.sort((a, b) => a.parameters - b.parameters);
	const find = (method: string, path: string) => {
		const bare = path.split("?")[0] ?? "";
		const verb = method.toLowerCase();
		const route = routes.find(
			({ pattern, template }) =>
				pattern.test(bare) && document.paths[template]?.[verb] !== undefined,
		);
		const operation = route && document.paths[route.template]?.[verb];
		return route && operation
			? { template: route.template, verb, operation }
			: undefined;
	};
	return {
		operations: Object.entries(document.paths).flatMap(([path, verbs]) =>
			Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
		),
		operationOf: (method, path) => {
			const found = find(method, path);
			return found && `${found.verb.toUpperCase()} ${found.template}`;
		},
		requestFaults: (exchange) => {
			const found = find(exchange.method, exchange.path);
			if (found === undefined) return ["no such operation"];
			const faults = queryFaults(found.operation, exchange.path);
			const [type] = Object.keys(found.operation.requestBody?.content ?? {});
			if (type === undefined || exchange.request === undefined) return faults;
			const pointer = `/paths/${pointerSegment(found.template)}/${found.verb}/requestBody/content/${pointerSegment(type)}/schema`;
			return [...faults, ...check(pointer, exchange.request)];
		},
		answerFaults: (exchange) => {
			const found = find(exchange.method, exchange.path);
			if (found === undefined) return ["no such operation"];
			const status = statusOf(found.operation, exchange.status);
			if (status === undefined)
				return [`status ${exchange.status} is not declared`];
			const content = found.operation.responses[status]?.content;
			if (content?.["application/json"]?.schema === undefined) return [];
			const pointer = `/paths/${pointerSegment(found.template)}/${found.verb}/responses/${status}/content/${pointerSegment("application/json")}/schema`;
			return check(pointer, exchange.answer);
		},
	};
}

/** Exactly the rows of the contract's table "Wrong or empty in the spec"; anything else must match as it is written. */
function repair(document: Document): void {
	const schemas = document.components.schemas;
	const set = (name: string, property: string, schema: Schema) => {
		const properties = schemas[name]?.properties;
		if (properties?.[property] === undefined)
			throw new Error(`${name}.${property} is no longer in the OpenAPI file.`);
		properties[property] = schema;
	};
	const anything: Schema = {};
	const time: Schema = { type: "string" };
	set("CustomFieldSchema", "value", anything);
	for (const name of ["GetContectByIdSchema", "CreateContactSchema"])
		set(name, "dateOfBirth", anything);
	for (const name of [
		"CreateContactDto",
		"UpdateContactDto",
		"UpsertContactDto",
	])
		set(name, "dateOfBirth", { type: "string", nullable: true });
	for (const key of ["startTime", "endTime", "dateAdded", "dateUpdated"])
		set("Calendars_CalendarEventDTO", key, time);
	// [recorded] Null where nobody wrote it.
	for (const name of ["GetNoteSchema", "Calendars_CreatedOrUpdatedBy"])
		set(name, "userId", { type: "string", nullable: true });
	// [recorded] An object where there are none.
	set("Calendars_CalendarDTO", "openHours", anything);
	set("Locations_LocationTaskListSuccessfulResponseDto", "tasks", {
		type: "array",
		items: { type: "object", required: ["_id"] },
	});
	set("UpdateTagsResponseDTO", "responses", {
		type: "array",
		items: { type: "object" },
	});
}

function queryFaults(operation: Operation, path: string): string[] {
	const query = new URL(path, "http://x").searchParams;
	const declared = (operation.parameters ?? []).filter(
		(parameter) => parameter.in === "query",
	);
	const missing = declared
		.filter(({ name, required }) => required && !query.has(name))
		.map(({ name }) => `query ${name} is missing`);
	const unknown = [...query.keys()]
		.filter((key) => !declared.some(({ name }) => name === key))
		.map((key) => `query ${key} is not declared`);
	return [...missing, ...unknown];
}

/** Any 2xx is as good as the declared one (contract, section 2). */
function statusOf(operation: Operation, status: number): string | undefined {
	if (operation.responses[status] !== undefined) return String(status);
	if (status < 200 || status > 299) return undefined;
	return Object.keys(operation.responses).find((one) => one.startsWith("2"));
}

const pointerSegment = (segment: string): string =>
	encodeURIComponent(segment.replaceAll("~", "~0").replaceAll("/", "~1"));
