// The variables of policies: `${aws:username}`, and `${aws:PrincipalTag/team, 'none'}` with a default. `${*}`, `${?}` and `${$}` stand
// for the characters themselves.

/** The value of a condition key with a single value; `undefined` if the request doesn't have one. */
export type ValueOf = (key: string) => string | undefined

const variable = /\$\{([*?$]|[^}]+)\}/g

const valueIn = (content: string, valueOf: ValueOf): string | undefined => {
  if (/^[*?$]$/.test(content)) return content
  const [, key = "", fallback] = /^\s*([^,]+?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(content) ?? []
  return valueOf(key) ?? fallback
}

const expand = (
  text: string,
  valueOf: ValueOf,
  plain: (text: string) => string,
  value: (text: string) => string
): string | undefined => {
  let expanded = ""
  let end = 0
  for (const { 0: whole, 1: content = "", index } of text.matchAll(variable)) {
    const found = valueIn(content, valueOf)
    if (found === undefined) return undefined
    expanded += plain(text.slice(end, index)) + value(found)
    end = index + whole.length
  }
  return expanded + plain(text.slice(end))
}

/** A text with the values of its variables; `undefined` if one has no value, because then nothing is equal to the text. */
export const expandText = (text: string, valueOf: ValueOf): string | undefined =>
  expand(text, valueOf, (plain) => plain, (value) => value)

const escapeBackslashes = (text: string): string => text.replaceAll("\\", "\\\\")

/**
 * A pattern for `glob` with the values of its variables, in which `*` and `?` are plain characters. Its escapes are backslashes. Without
 * `valueOf`, `${…}` is plain text.
 */
export const expandPattern = (pattern: string, valueOf: ValueOf | undefined): string | undefined =>
  valueOf === undefined
    ? escapeBackslashes(pattern)
    : expand(pattern, valueOf, escapeBackslashes, (value) => value.replace(/[\\*?]/g, "\\$&"))

/** The keys of a text's variables. */
export const keysIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(variable)].flatMap(([, content = ""]) =>
    /^[*?$]$/.test(content) ? [] : [content.split(",")[0]!.trim()]
  )
