/** What a plan cannot do. The message says what stood in the way, for whoever reads the log. */
export class Unsupported extends Error {
	override readonly name = "Unsupported";
}
