/** Bearer token to viewer, ahead of all work: who may not call costs none, and learns nothing of the schema. */
import type { OperationPlugin } from "../operation-context.ts";

/** Of HTTP; a socket says who it is when it opens. */
export const useAuthentication = (): OperationPlugin => ({
	async onRequestParse({ serverContext }) {
		const { call } = serverContext;
		const viewer = await call.viewer();
		serverContext.viewer = viewer;
		call.notes.subject = viewer.subject;
		call.notes.locationId = viewer.locationId;
	},
});
