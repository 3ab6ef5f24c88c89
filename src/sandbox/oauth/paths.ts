// Which calls are OAuth's: they bring their own rules instead of a location's bearer token and budget.

/** Whether /oauth counts against a budget is unknown upstream (contract, section 7); here it does not. */
export const isOAuthPath = (path: string): boolean =>
	/^(\/v2)?\/oauth\//.test(path);
