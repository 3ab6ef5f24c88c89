/**
 * OpenTelemetry's SDK for `node --import ./src/tracing-preload.ts src/main.ts`: sends spans by OTLP over HTTP to where the
 * standard `OTEL_*` variables say. Its packages are development dependencies; docs/tracing.md says which.
 */
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
	defaultResource,
	detectResources,
	envDetector,
	resourceFromAttributes,
} from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const provider = new TracerProvider({
	resource: defaultResource()
		.merge(resourceFromAttributes({ "service.name": "contact-graph" }))
		.merge(detectResources({ detectors: [envDetector] })),
	spanProcessors: [
		new BatchSpanProcessor({ exporter: new OTLPTraceExporter() }),
	],
});
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
process.once("beforeExit", () => void provider.shutdown());
