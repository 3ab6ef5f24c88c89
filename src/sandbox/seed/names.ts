// Pools of plausible names, streets and companies, drawn once from the fake-data library: per-contact calls would be slow.
import type { Faker } from "@faker-js/faker";
import { faker as arabic } from "@faker-js/faker/locale/ar";
import { faker as german } from "@faker-js/faker/locale/de";
import { faker as greek } from "@faker-js/faker/locale/el";
import { faker as english } from "@faker-js/faker/locale/en";
import { faker as french } from "@faker-js/faker/locale/fr";
import { faker as hebrew } from "@faker-js/faker/locale/he";
import { faker as japanese } from "@faker-js/faker/locale/ja";
import { faker as korean } from "@faker-js/faker/locale/ko";
import { faker as polish } from "@faker-js/faker/locale/pl";
import { faker as russian } from "@faker-js/faker/locale/ru";
import { faker as chinese } from "@faker-js/faker/locale/zh_CN";

export interface Script {
	/** Out of 100 contacts. */
	share: number;
	country: string;
	firstNames: readonly string[];
	lastNames: readonly string[];
}

export interface Place {
	city: string;
	state: string;
	postalCode: string;
	street: string;
}

export interface Pools {
	scripts: readonly Script[];
	places: readonly Place[];
	companies: readonly string[];
	domains: readonly string[];
}

let last: { seed: number; pools: Pools } | undefined;

/** The pools of a seed; the last ones are kept, since a process seldom uses two seeds. */
export function namePools(seed: number): Pools {
	if (last?.seed !== seed) last = { seed, pools: draw(seed) };
	return last.pools;
}

const LOCALES: readonly [Faker, number, string][] = [
	[english, 48, "US"],
	[german, 10, "DE"],
	[french, 7, "FR"],
	[polish, 6, "PL"],
	[russian, 5, "BG"],
	[greek, 4, "GR"],
	[arabic, 4, "AE"],
	[hebrew, 3, "IL"],
	[japanese, 4, "JP"],
	[chinese, 4, "CN"],
	[korean, 2, "KR"],
];

// The library has no Devanagari names.
const DEVANAGARI: Script = {
	share: 3,
	country: "IN",
	firstNames: [
		"आरव",
		"दिया",
		"विवान",
		"अनन्या",
		"ईशान",
		"सान्वी",
		"कबीर",
		"मीरा",
	],
	lastNames: ["शर्मा", "वर्मा", "गुप्ता", "सिंह", "पटेल", "जोशी", "मिश्रा", "नायर"],
};

function draw(seed: number): Pools {
	const scripts = LOCALES.map(([faker, share, country]): Script => {
		faker.seed(seed);
		const count = share > 20 ? 120 : 30;
		return {
			share,
			country,
			firstNames: times(count, () => faker.person.firstName()),
			lastNames: times(count, () => faker.person.lastName()),
		};
	});
	english.seed(seed);
	return {
		scripts: [...scripts, DEVANAGARI],
		places: times(80, () => ({
			city: english.location.city(),
			state: english.location.state({ abbreviated: true }),
			postalCode: english.location.zipCode("#####"),
			street: english.location.streetAddress(),
		})),
		companies: times(80, () => english.company.name()),
		domains: times(40, () => `${english.internet.domainWord()}.example`),
	};
}

const times = <T>(count: number, make: () => T): T[] =>
	Array.from({ length: count }, make);
