/** What one operation has loaded so far, by loader: whoever asks for the same again gets the same, without another read. */
export class OperationLoads {
	readonly #byLoader = new Map<string, object>();

	/** A loader's own part, made on first use. */
	of<Loads extends object>(loader: string, make: () => Loads): Loads {
		let loads = this.#byLoader.get(loader) as Loads | undefined;
		if (!loads) {
			loads = make();
			this.#byLoader.set(loader, loads);
		}
		return loads;
	}

	/** Nothing loaded so far answers for what is asked from now on. */
	clear(): void {
		this.#byLoader.clear();
	}
}
