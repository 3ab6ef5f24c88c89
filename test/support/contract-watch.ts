/** Holds every call between a world's gateway and its sandbox against the vendor's file, and remembers what was exercised. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Exchange } from "../../src/sandbox/sandbox.ts";
import {
	type Contract,
	contractMissing,
	loadContract,
} from "../contracts/openapi.ts";

/** What one test file has exercised. */
export interface Seen {
	readonly operations: readonly string[];
	readonly checked: number;
}

export interface ContractWatch {
	see(exchange: Exchange): void;
	/** @throws Error naming every operation that departed from the file, and how. */
	assertKept(): void;
}

const exercised = new Set<string>();
let checked = 0;
let contract: Contract | undefined;

/** Undefined where there is no file to check against. */
export const watchContract = (): ContractWatch | undefined => {
	if (contractMissing !== undefined) return undefined;
	contract ??= loadContract();
	const { operationOf, requestFaults, answerFaults } = contract;
	const faults = new Set<string>();
	return {
		see(exchange) {
			const operation = operationOf(exchange.method, exchange.path);
			// A test may ask for what is not there; the gateway itself is told by `unknownCalls`.
			if (operation === undefined) return;
			exercised.add(operation);
			checked++;
			const good = exchange.status >= 200 && exchange.status < 300;
			for (const fault of [
				...requestFaults(proven(exchange)),
				// Refusals differ from the file in known ways (contract, section 6).
				...(good ? answerFaults(exchange) : []),
			])
				faults.add(`${operation}: ${fault}`);
		},
		assertKept() {
			if (faults.size > 0)
				throw new Error(
					`departed from the OpenAPI file: ${[...faults].join("; ")}`,
				);
		},
	};
};

/** Clearing a custom field by null is in no document (docs/operations.md, "Unproven"); all else of the body is checked. */
const proven = (exchange: Exchange): Exchange => {
	const { customFields } = (exchange.request ?? {}) as {
		customFields?: unknown;
	};
	if (!Array.isArray(customFields)) return exchange;
	const kept = customFields.filter(({ field_value }) => field_value !== null);
	return {
		...exchange,
		request: { ...(exchange.request as object), customFields: kept },
	};
};

/** Called when a test file has ended. */
export const reportSeen = (): void => {
	const directory = process.env.CONTRACT_SEEN_DIR;
	if (directory === undefined) return;
	const seen: Seen = { operations: [...exercised], checked };
	writeFileSync(join(directory, `${randomUUID()}.json`), JSON.stringify(seen));
	checked = 0;
	exercised.clear();
};
