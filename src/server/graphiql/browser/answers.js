// Reads along with what GraphiQL fetches: every answer passes through here on its way to it, unchanged. Says so by events of
// the window, each about one operation: `operation-sent`; `operation-event` with the `payload` of an event of a
// subscription; at the end `operation-answered` with the status, how long it took in ms, the `age` in seconds where it came
// from the cache, and the payloads that are no events.

const fetchPlainly = self.fetch;

self.fetch = async (resource, init) => {
	const operation = operationOf(resource, init);
	if (!operation) return fetchPlainly(resource, init);
	const startedAt = performance.now();
	say("operation-sent", { operation });
	const response = await fetchPlainly(resource, init);
	const read = reader(response.headers.get("content-type") ?? "", (payload) =>
		say("operation-event", { operation, payload }),
	);
	const end = () =>
		say("operation-answered", {
			operation,
			status: response.status,
			ms: Math.round(performance.now() - startedAt),
			age: response.headers.get("age"),
			payloads: read.end(),
		});
	return new Response(
		response.body && readBy(response.body, read.text, end),
		response,
	);
};

/** Not one of two branches: both would have to be cancelled for a subscription to end. */
const readBy = (body, onText, onEnd) => {
	const decoder = new TextDecoder();
	const source = body.getReader();
	return new ReadableStream({
		async pull(controller) {
			try {
				const { done, value } = await source.read();
				if (!done) {
					onText(decoder.decode(value, { stream: true }));
					controller.enqueue(value);
					return;
				}
			} catch (error) {
				onEnd();
				throw error;
			}
			onEnd();
			controller.close();
		},
		cancel(reason) {
			onEnd();
			return source.cancel(reason);
		},
	});
};

const say = (name, detail) => dispatchEvent(new CustomEvent(name, { detail }));

/** Subscriptions are sent in the address, all others in the body. */
const operationOf = (resource, init) => {
	const { searchParams } = new URL(resource, location.href);
	try {
		const { query, variables, operationName, extensions } =
			init?.method === "GET"
				? Object.fromEntries(searchParams)
				: JSON.parse(init.body);
		return typeof query === "string" && !extensions?.priceOnly
			? { query, variables, operationName }
			: undefined;
	} catch {
		return undefined;
	}
};

const reader = (type, onEvent) => {
	const isStream = type.includes("text/event-stream");
	let kept = "";
	return {
		text(text) {
			kept += text;
			if (!isStream) return;
			const blocks = kept.split(/\r?\n\r?\n/);
			kept = blocks.pop();
			for (const block of blocks) {
				const data = [...block.matchAll(/^data: ?(.*)$/gm)].map(([, at]) => at);
				const payload = parsed(data.join("\n"));
				if (payload) onEvent(payload);
			}
		},
		end() {
			if (isStream) return [];
			const texts = type.includes("multipart/")
				? kept.split(/^--.*$/m).map((part) => part.replace(/^[^{]*/, ""))
				: [kept];
			return texts.map(parsed).filter(Boolean);
		},
	};
};

const parsed = (text) => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};
