/** Traces by OpenTelemetry's API, for whoever has preloaded its SDK: without one there is no tracing, and nothing is paid. */
import {
	type Attributes,
	context,
	ProxyTracerProvider,
	propagation,
	type Span,
	SpanKind,
	type SpanOptions,
	SpanStatusCode,
	trace,
} from "@opentelemetry/api";

export type { Span };

type Notes = Readonly<Record<string, unknown>>;

export interface Tracing {
	/**
	 * A span of an operation that came with these headers, as a child of the caller's. `notes` are what the request's log
	 * line will say; the span takes from them what it is about when it ends.
	 */
	operation<T>(
		headers: Readonly<Record<string, unknown>>,
		notes: Record<string, unknown>,
		work: (end: () => void) => Promise<T>,
	): Promise<T>;
	/** A span for work of the operation that is active. */
	span<T>(
		name: string,
		attributes: Attributes,
		work: (span: Span) => Promise<T>,
		kind?: "client",
	): Promise<T>;
	/** The span that is active now is waited for by this one as well. */
	link(shared: Span): void;
	/** Names and values in turn: the headers that carry the active span to another service. */
	headers(): string[];
}

/** Undefined where no SDK is registered; it has to be before the gateway is made. */
export const openTracing = (): Tracing | undefined => {
	const provider = trace.getTracerProvider();
	const isOff =
		provider instanceof ProxyTracerProvider &&
		provider.getDelegateTracer("contact-graph") === undefined;
	return isOff ? undefined : new ApiTracing();
};

/** For lines of the log that are written within a span. */
export const traceIds = (): { traceId?: string; spanId?: string } => {
	const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
	return traceId && spanId ? { traceId, spanId } : {};
};

class ApiTracing implements Tracing {
	readonly #tracer = trace.getTracer("contact-graph");

	operation<T>(
		headers: Readonly<Record<string, unknown>>,
		notes: Record<string, unknown>,
		work: (end: () => void) => Promise<T>,
	): Promise<T> {
		const parent = propagation.extract(context.active(), headers);
		const options = { kind: SpanKind.SERVER };
		return this.#tracer.startActiveSpan("graphql", options, parent, (span) => {
			notes.traceId = span.spanContext().traceId;
			return work(() => {
				describe(span, notes);
				span.end();
			});
		});
	}

	span<T>(
		name: string,
		attributes: Attributes,
		work: (span: Span) => Promise<T>,
		kind?: "client",
	): Promise<T> {
		const options: SpanOptions = {
			attributes,
			...(kind && { kind: SpanKind.CLIENT }),
		};
		return this.#tracer.startActiveSpan(name, options, async (span) => {
			try {
				return await work(span);
			} catch (error) {
				span.setStatus({ code: SpanStatusCode.ERROR });
				span.recordException(error as Error);
				throw error;
			} finally {
				span.end();
			}
		});
	}

	link(shared: Span): void {
		const active = trace.getActiveSpan();
		if (active) active.addLink({ context: shared.spanContext() });
	}

	headers(): string[] {
		const carrier: Record<string, string> = {};
		propagation.inject(context.active(), carrier);
		return Object.entries(carrier).flat();
	}
}

/** By OpenTelemetry's conventions for GraphQL servers: the name is one of few, never what a caller chose. */
const describe = (span: Span, notes: Notes): void => {
	const { operation, operationName, price, calls, code } = notes;
	if (typeof operation === "string") span.updateName(operation);
	span.setAttributes({
		...(typeof operation === "string" && {
			"graphql.operation.type": operation,
		}),
		...(typeof operationName === "string" && {
			"graphql.operation.name": operationName,
		}),
		...(typeof price === "number" && { "contact_graph.price": price }),
		...(typeof calls === "number" && { "contact_graph.calls": calls }),
		...(typeof code === "string" && { "contact_graph.error_code": code }),
	});
	if (typeof code === "string") span.setStatus({ code: SpanStatusCode.ERROR });
};
