// Policy documents as the evaluation sees them. Services check a document first, each with errors of its own.
import { isJsonObject, parseJson } from "./json.ts"
import { listOf } from "./policies.ts"
import { type Condition, operatorOf } from "./policyConditions.ts"
import { keysIn } from "./policyVariables.ts"

/** Where a statement begins or ends, as AWS counts: from 1, behind its brace. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Statement {
  readonly isAllowed: boolean
  /** `undefined` in policies of an identity. */
  readonly principals: Principals | undefined
  readonly actions: ReadonlyArray<string>
  readonly isNotAction: boolean
  readonly resources: ReadonlyArray<string>
  readonly isNotResource: boolean
  readonly conditions: ReadonlyArray<Condition>
  /** The statement itself, if the reader keeps it. */
  readonly json?: object | undefined
  readonly start: Position
  readonly end: Position
}

/** The names of `Principal` or `NotPrincipal`, by their kind: `AWS`, `Service` … */
export interface Principals {
  readonly names: Readonly<Record<string, ReadonlyArray<string>>>
  readonly isNot: boolean
}

export interface Policy {
  /** Whether `${…}` is a variable: only in the version 2012-10-17. */
  readonly hasVariables: boolean
  readonly statements: ReadonlyArray<Statement>
}

/** What is wrong with a document that isn't a policy. */
export class PolicyError extends Error {
  override readonly name = "PolicyError"
}

/** The elements that a policy may have. */
export const policyElements: ReadonlySet<string> = new Set(["Version", "Id", "Statement"])

/** The elements that a statement may have. */
export const statementElements: ReadonlySet<string> = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition"
])

type Json = Readonly<Record<string, unknown>>

const texts = (value: unknown, element: string): ReadonlyArray<string> => {
  const list = listOf(value)
  if (!list.every((one) => typeof one === "string")) {
    throw new PolicyError(`${element} must be a text or a list of texts.`)
  }
  return list
}

const conditionsOf = (given: unknown): ReadonlyArray<Condition> => {
  if (given === undefined) return []
  if (!isJsonObject(given)) throw new PolicyError("Condition must be an object.")
  return Object.entries(given).flatMap(([text, keys]) => {
    const operator = operatorOf(text)
    if (operator === undefined || !isJsonObject(keys)) throw new PolicyError(`Invalid Condition type : ${text}.`)
    return Object.entries(keys).map(([key, value]) => ({ ...operator, key, values: listOf(value).map(String) }))
  })
}

const principalsOf = ({ NotPrincipal, Principal }: Json): Principals | undefined => {
  const given = Principal ?? NotPrincipal
  if (given === undefined) return undefined
  const isNot = Principal === undefined
  if (given === "*") return { names: { AWS: ["*"] }, isNot }
  if (!isJsonObject(given)) throw new PolicyError("Invalid principal in policy.")
  return {
    names: Object.fromEntries(Object.entries(given).map(([kind, names]) => [kind, texts(names, "Principal")])),
    isNot
  }
}

/** The places of the braces of each statement, in a document that is JSON. */
const spansOf = (document: string): ReadonlyArray<readonly [start: number, end: number]> => {
  const spans: Array<readonly [number, number]> = []
  // The open braces and brackets. A statement's brace is the second one, or the third one in a list.
  const open: Array<{ readonly at: number; readonly isObject: boolean }> = []
  let key: string | undefined
  for (let i = 0; i < document.length; i++) {
    const character = document[i]
    if (character === "\"") {
      const from = i
      for (i++; document[i] !== "\""; i++) if (document[i] === "\\") i++
      const isKey = open.length === 1 && /^\s*:/.test(document.slice(i + 1))
      if (isKey) key = JSON.parse(document.slice(from, i + 1)) as string
    } else if (character === "{" || character === "[") open.push({ at: i, isObject: character === "{" })
    else if (character === "}" || character === "]") {
      const { at, isObject } = open.pop()!
      const isInStatement = key === "Statement" && isObject &&
        (open.length === 1 || (open.length === 2 && !open[1]!.isObject))
      if (isInStatement) spans.push([at, i])
    }
  }
  return spans
}

const positionBehind = (document: string, at: number): Position => {
  const lines = document.slice(0, at + 1).split("\n")
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}

/** Reads a document. Throws a `PolicyError` if it isn't a policy. */
export const readDocument = (document: string): Policy => {
  const json = parseJson(document)
  if (!isJsonObject(json)) throw new PolicyError("Syntax errors in policy.")
  const spans = spansOf(document)
  const statements = listOf(json["Statement"]).map((given, i): Statement => {
    if (!isJsonObject(given) || (given["Effect"] !== "Allow" && given["Effect"] !== "Deny")) {
      throw new PolicyError("Syntax errors in policy.")
    }
    const [start, end] = spans[i]!
    return {
      isAllowed: given["Effect"] === "Allow",
      principals: principalsOf(given),
      actions: texts(given["Action"] ?? given["NotAction"], "Action"),
      isNotAction: given["Action"] === undefined,
      resources: texts(given["Resource"] ?? given["NotResource"], "Resource"),
      isNotResource: given["Resource"] === undefined && given["NotResource"] !== undefined,
      conditions: conditionsOf(given["Condition"]),
      json: given,
      start: positionBehind(document, start),
      end: positionBehind(document, end)
    }
  })
  if (statements.length === 0) throw new PolicyError("Syntax errors in policy.")
  return { hasVariables: json["Version"] === "2012-10-17", statements }
}

/** How many documents `parseDocument` remembers. */
const MOST = 1000

const parsed = new Map<string, Policy>()

/** Reads a document like `readDocument`, and each text only once. */
export const parseDocument = (document: string): Policy => {
  let policy = parsed.get(document)
  if (policy === undefined) {
    policy = readDocument(document)
    if (parsed.size >= MOST) parsed.clear()
    parsed.set(document, policy)
  }
  return policy
}

/** The condition keys that a policy needs, in the order of the document: those of its conditions, and its variables. */
export const contextKeysOf = ({ hasVariables, statements }: Policy): ReadonlyArray<string> => {
  const keys = statements.flatMap(({ conditions, resources }) => [
    ...(hasVariables ? resources.flatMap(keysIn) : []),
    ...conditions.flatMap(({ key, values }) => [key, ...(hasVariables ? values.flatMap(keysIn) : [])])
  ])
  return [...new Map(keys.toReversed().map((key) => [key.toLowerCase(), key])).values()].toReversed()
}
