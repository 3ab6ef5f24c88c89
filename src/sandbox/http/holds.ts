// Calls that are held until a test lets them go: what happens meanwhile happens for certain before their answer.

export class Holds {
	#held: (() => void)[] = [];
	#watchers: { count: number; done: () => void }[] = [];

	get count(): number {
		return this.#held.length;
	}

	/** Resolves when released. */
	wait(): Promise<void> {
		return new Promise((done) => {
			this.#held.push(done);
			this.#watchers = this.#watchers.filter((watcher) => {
				if (this.#held.length < watcher.count) return true;
				watcher.done();
				return false;
			});
		});
	}

	/** Resolves as soon as so many calls are held at once. */
	reached(count: number): Promise<void> {
		if (this.#held.length >= count) return Promise.resolve();
		return new Promise((done) => this.#watchers.push({ count, done }));
	}

	/** Lets all go; answers how many. */
	release(): number {
		const going = this.#held.splice(0);
		for (const done of going) done();
		return going.length;
	}
}
