/**
 * UTF-8 as text of one byte a letter. V8 gives two bytes to every letter of a text that has one beyond Latin-1, which
 * in a CRM of names is every second: kept packed, text takes what it took on the wire.
 */
import { isAscii } from "node:buffer";

export type Packed = string & { readonly of: "UTF-8 bytes" };

export const packed = (utf8: Buffer): Packed =>
	utf8.toString("latin1") as Packed;

export const packedText = (text: string): Packed => {
	const bytes = Buffer.from(text);
	return bytes.length === text.length ? (text as Packed) : packed(bytes);
};

export const unpacked = (text: Packed): string => {
	const bytes = Buffer.from(text, "latin1");
	return isAscii(bytes) ? text : bytes.toString("utf8");
};
