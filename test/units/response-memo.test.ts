/** The same answer to the same call is parsed no more than twice, and what is remembered of answers is bounded. */
import { expect, test } from "vitest";
import { createResponseMemo } from "../../src/upstream/response-memo.ts";

const start = (maxBytes = 100_000) => {
	const memo = createResponseMemo(maxBytes);
	let parsed = 0;
	return {
		read(call: string, text: string, mayStore = true): unknown {
			const parse = () => {
				parsed++;
				return JSON.parse(text);
			};
			return memo.read(call, Buffer.from(text), parse, mayStore);
		},
		/** How often answers were parsed since it was asked last. */
		parsed() {
			const since = parsed;
			parsed = 0;
			return since;
		},
		clear: memo.clear,
	};
};

test("an answer that came twice is the same object from then on", () => {
	const { read, parsed } = start();
	const first = read("call", '{"a":1}');
	const second = read("call", '{"a":1}');
	expect(second).not.toBe(first);
	for (let time = 0; time < 3; time++)
		expect(read("call", '{"a":1}')).toBe(second);
	expect(parsed()).toBe(2);
});

test("one letter that differs is another answer, and the one before is forgotten", () => {
	const { read, parsed } = start();
	for (let time = 0; time < 3; time++) read("call", '{"a":1}');
	expect(read("call", '{"a":2}')).toEqual({ a: 2 });
	expect(parsed()).toBe(3);
	read("call", '{"a":1}');
	expect(parsed()).toBe(1);
});

test("what may not be stored is not remembered, and is found again where others remembered it", () => {
	const { read, parsed } = start();
	for (let time = 0; time < 3; time++) read("unstored", '{"a":1}', false);
	expect(parsed()).toBe(3);
	for (let time = 0; time < 2; time++) read("call", '{"a":1}');
	parsed();
	read("call", '{"a":1}', false);
	expect(parsed()).toBe(0);
	read("call", '{"a":2}', false);
	read("call", '{"a":1}');
	expect(parsed()).toBe(1);
});

test("the same answer to another call is another object", () => {
	const { read } = start();
	for (let time = 0; time < 2; time++) read("one", '{"a":1}');
	const one = read("one", '{"a":1}');
	for (let time = 0; time < 3; time++)
		expect(read("other", '{"a":1}')).not.toBe(one);
});

test("what cannot be read is parsed again each time", () => {
	const { read, parsed } = start();
	for (let time = 0; time < 3; time++)
		expect(() => read("call", "{")).toThrow(SyntaxError);
	expect(parsed()).toBe(3);
});

test("an id of the call at the end of an answer is no part of it", () => {
	const { read, parsed } = start();
	const notes = '{"notes":[{"id":"n1","body":"a"}]';
	for (const trace of ["1", "2", "3", "4"])
		read("notes", `${notes},"traceId":"${trace}"}`);
	expect(parsed()).toBe(2);
	read("notes", `${notes}}`);
	expect(parsed()).toBe(1);
	// Of a thing that is told, it is part of what is told.
	for (const trace of ["1", "2", "3"])
		read("contact", `{"contact":{"id":"c1","traceId":"${trace}"}}`);
	expect(parsed()).toBe(3);
	for (const letter of ["x", "y", "z"])
		read("long", `{"a":1,"traceId":"${letter.repeat(200)}"}`);
	expect(parsed()).toBe(3);
});

test("what was asked for lately stays when room is made, and the rest goes", () => {
	const { read, parsed } = start(40_000);
	const text = JSON.stringify("x".repeat(500));
	for (let time = 0; time < 2; time++) read("often", text);
	for (let n = 0; n < 200; n++) {
		for (let time = 0; time < 2; time++) read(`call ${n}`, text);
		read("often", text);
	}
	expect(parsed()).toBe(2 + 2 * 200);
	read("call 199", text);
	expect(parsed()).toBe(0);
	read("call 0", text);
	expect(parsed()).toBe(1);
});

test("an answer that would push out everything else is not held", () => {
	const { read, parsed } = start(40_000);
	const large = JSON.stringify("x".repeat(4_000));
	for (let time = 0; time < 3; time++) read("large", large);
	expect(parsed()).toBe(3);
});

test("without room nothing is remembered", () => {
	const { read, parsed } = start(0);
	for (let time = 0; time < 3; time++) read("call", '{"a":1}');
	expect(parsed()).toBe(3);
});
