/** Secrets from files, as Docker and Kubernetes mount them: `AUTH_SECRET_FILE` names a file that holds AUTH_SECRET. */
import { readFileSync } from "node:fs";
import { type Environment, SETTINGS, type Setting } from "./settings.ts";

/** The environment with every `*_FILE` of a secret read, and what is wrong with those that cannot be. Shows no secret. */
export const withSecretFiles = (
	environment: Environment,
): {
	readonly environment: Environment;
	readonly faults: readonly string[];
} => {
	const read: Record<string, string | undefined> = { ...environment };
	const faults: string[] = [];
	for (const [name, { secret }] of Object.entries<Setting>(SETTINGS)) {
		const file = environment[`${name}_FILE`];
		if (!secret || !file) continue;
		if (environment[name]) {
			faults.push(
				`${name}_FILE: expected ${name} or ${name}_FILE, but both are set; unset one`,
			);
			continue;
		}
		try {
			// Editors and `echo` end a file with a line break that is no part of the secret.
			read[name] = readFileSync(file, "utf8").replace(/\r?\n$/, "");
			if (!read[name])
				faults.push(
					`${name}_FILE: expected a file that holds ${name}, but ${file} is empty`,
				);
		} catch (error) {
			const { code = "unknown" } = error as NodeJS.ErrnoException;
			faults.push(
				`${name}_FILE: expected a file that can be read, but got ${file} (${code})`,
			);
		}
	}
	return { environment: read, faults };
};
