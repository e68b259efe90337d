// Keys that sort a list into pages. Pages are in the ascending order of their keys, as texts.

/** The key of a number of at least 0: `7` comes before `10`. */
export const numberKey = (number: number): string => String(number).padStart(16, "0")

/** Reverses the order of keys. */
export const descending = (key: string): string =>
  String.fromCharCode(...Array.from({ length: key.length }, (_, i) => 0xffff - key.charCodeAt(i))) + "\uffff"
