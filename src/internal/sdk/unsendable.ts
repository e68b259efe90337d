/**
 * A guard against requests that HTTP or XML carries otherwise than the program means them. Node sends a header in Latin-1,
 * while the SDK signs it in UTF-8; HTTP drops blanks at the ends of a header; UTF-8 has no lone surrogates; XML 1.0 lacks
 * most control characters.
 *
 * It looks at the request that the SDK has made of the input, so it holds for every service and member.
 */
import { Misconfigured } from "../../../errors/internal/reasons.ts"
import { Refused } from "../../../errors/internal/refused.ts"
import type { SdkClient } from "../../Call.ts"

interface Request {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

type Input = Readonly<Record<string, unknown>>

const headerName = /^[\w!#$%&'*+\-.^`|~]+$/
const headerValue = /^[\t\x20-\x7e]*$/
const blankEnds = /^[\t ]|[\t ]$/
/** Characters that no XML 1.0 document can hold, not even escaped. */
// oxlint-disable-next-line no-control-regex
const notXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** Whether XML 1.0 can carry a text. */
export const isXmlText = (text: string): boolean => text.isWellFormed() && !notXml.test(text)

/** The place of a string or of a name in an input. */
interface Found {
  /** The member of the input: `Metadata`. */
  readonly member: string
  /** The way to the value: `Metadata.title`. */
  readonly path: string
  readonly text: string
}

const isPlain = (value: object): value is Input => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The first string of the input, or the first name of a map's entry, that the predicate accepts. */
const find = (
  input: unknown,
  accepts: (text: string, isName: boolean) => boolean,
  member = "",
  path = ""
): Found | undefined => {
  if (typeof input === "string") return accepts(input, false) ? { member, path, text: input } : undefined
  if (typeof input !== "object" || input === null || !(Array.isArray(input) || isPlain(input))) return undefined
  for (const [name, value] of Object.entries(input)) {
    const top = member === "" ? name : member
    const below = path === "" ? name : Array.isArray(input) ? `${path}[${name}]` : `${path}.${name}`
    if (path !== "" && !Array.isArray(input) && accepts(name, true)) return { member: top, path, text: name }
    const found = find(value, accepts, top, below)
    if (found !== undefined) return found
  }
  return undefined
}

const refuse = (member: string, description: string, advice: string): never => {
  throw new Refused(new Misconfigured({ code: `Unsendable${member}`, description, isRetryable: false, advice }))
}

const codePoint = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`

/** Names the first character that doesn't match, but not the text around it, which may be secret. */
const offender = (text: string, isAllowed: (character: string) => boolean): string => {
  const character = Array.from(text).find((character) => !isAllowed(character))
  return character === undefined ? "nothing" : codePoint(character)
}

const asciiAdvice =
  "Encode the text in ASCII, and decode it where you read it: S3 itself uses RFC 2047 (`=?UTF-8?B?…?=`) for metadata, " +
  "`filename*=UTF-8''…` is for a Content-Disposition, and percent-encoding (`encodeURIComponent`) is for everything else."

const isControl = (character: string): boolean => character < " " || character === "\x7f"

const checkHeader = (input: Input, name: string, value: string): void => {
  if (!headerName.test(name)) {
    const found = find(input, (text, isName) => isName && name.endsWith(text.toLowerCase()) && !headerName.test(text))
    refuse(
      found?.member ?? "Header",
      `${found?.path ?? "a header"} has a name with ${
        offender(found?.text ?? name, (character) => headerName.test(character))
      }, which the name of an HTTP header can't have`,
      "Use only letters, digits, hyphens and underscores in the name."
    )
  }
  if (!headerValue.test(value)) {
    const character = Array.from(value).find((character) => !headerValue.test(character))!
    const found = find(
      input,
      (text, isName) => !isName && text !== "" && value.includes(text) && !headerValue.test(text)
    )
    refuse(
      found?.member ?? "Header",
      `${found?.path ?? "a value"} becomes the HTTP header ${name}, which can't carry ${codePoint(character)}`,
      isControl(character) ? "Remove line breaks and other control characters." : asciiAdvice
    )
  }
  if (blankEnds.test(value)) {
    const found = find(input, (text, isName) => !isName && text === value)
    if (found !== undefined) {
      refuse(
        found.member,
        `${found.path} becomes the HTTP header ${name}, which loses blanks at its ends`,
        "Remove the blanks at the ends."
      )
    }
  }
}

/** Refuses a map of the input whose names, which become those of headers, are empty, or the same but for their case. */
const checkNames = (input: Input, headers: Readonly<Record<string, unknown>>): void => {
  for (const member in input) {
    const map = input[member]
    if (typeof map !== "object" || map === null || !isPlain(map)) continue
    const known = new Set<string>()
    for (const name of Object.keys(map)) {
      const lower = name.toLowerCase()
      const isHeader = () =>
        Object.keys(headers).some((header) =>
          header.endsWith(`-${lower}`) && Object.values(map).includes(headers[header])
        )
      if (name === "" && isHeader()) {
        refuse(
          member,
          `${member} has an empty name, which becomes part of the name of an HTTP header`,
          "Name the entry."
        )
      }
      if (known.has(lower) && isHeader()) {
        refuse(
          member,
          `${member} has several names that differ from \`${lower}\` only in case, and HTTP headers have no case`,
          "Use names that differ in more than their case."
        )
      }
      known.add(lower)
    }
  }
}

const checkBody = (input: Input, { body, headers }: Request): void => {
  if (typeof body !== "string") return
  if (!body.isWellFormed()) refuseSurrogate(input)
  const isXml = /\bxml\b/.test(String(headers?.["content-type"])) && !Object.values(input).includes(body)
  if (!isXml || !notXml.test(body)) return
  const found = find(input, (text) => notXml.test(text))
  if (found === undefined) return
  refuse(
    found.member,
    `${found.path} becomes XML, which can't carry ${offender(found.text, (character) => !notXml.test(character))}`,
    "Remove control characters, or use a call that sends the text elsewhere than in XML."
  )
}

const refuseSurrogate = (input: Input): void => {
  const found = find(input, (text) => !text.isWellFormed())
  if (found === undefined) return
  refuse(
    found.member,
    `${found.path} has ${
      offender(found.text, (character) => character.isWellFormed())
    }, one half of a surrogate pair, which UTF-8 can't carry`,
    "Don't cut a string between the two halves of a character; `toWellFormed()` replaces such halves."
  )
}

/** Makes a client refuse requests that HTTP or XML can't carry, before it signs them. */
export const refuseUnsendable = ({ middlewareStack }: SdkClient): void => {
  middlewareStack.add(
    (next) => (args) => {
      const [input, request] = [args.input as Input, args.request as Request]
      const { headers } = request
      if (headers === undefined) throw new Error("The SDK's request has no headers, so they can't be checked")
      for (const name in headers) {
        const value = headers[name]
        if (typeof value === "string") checkHeader(input, name, value)
      }
      checkNames(input, headers)
      checkBody(input, request)
      return next(args)
    },
    { step: "build", priority: "low", name: "effectAwsSdkUnsendable" }
  )
}

/** What a call failed with. A lone surrogate in a URL or a form ends in an error that names no member. */
export const explain = (input: object, cause: unknown): unknown => {
  if (!(cause instanceof URIError)) return cause
  try {
    refuseSurrogate(input as Input)
    return cause
  } catch (refused) {
    return refused
  }
}
