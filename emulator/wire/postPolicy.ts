// The policy of a form that a browser posts to Amazon S3: which fields the form may have, and which values.
import { Fault } from "./fault.ts"
import { strictTextOf } from "./http.ts"
import { isBase64 } from "./scalars.ts"

/** The fields of a form before its file, by their names in lower case. */
export type Fields = ReadonlyMap<string, string>

const denied = (why: string): Fault =>
  new Fault({ code: "AccessDenied", message: `Invalid according to Policy: ${why}`, statusCode: 403 })

const invalid = (why: string): Fault =>
  new Fault({ code: "InvalidPolicyDocument", message: `Invalid Policy: ${why}`, statusCode: 400 })

const tooLarge = (size: number, max: number): Fault =>
  new Fault({
    code: "EntityTooLarge",
    message: "Your proposed upload exceeds the maximum allowed size",
    statusCode: 400,
    members: { ProposedSize: String(size), MaxSizeAllowed: String(max) }
  })

const tooSmall = (size: number, min: number): Fault =>
  new Fault({
    code: "EntityTooSmall",
    message: "Your proposed upload is smaller than the minimum allowed size",
    statusCode: 400,
    members: { ProposedSize: String(size), MinSizeAllowed: String(min) }
  })

type Condition = readonly [operator: string, first: string, second: string]

interface Policy {
  readonly expiration: Date
  readonly conditions: ReadonlyArray<Condition>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const condition = (value: unknown): Condition => {
  if (isObject(value)) {
    const entries = Object.entries(value)
    if (entries.length !== 1) {
      throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
    }
    const [[name, expected]] = entries as [[string, unknown]]
    return ["eq", `$${name}`, String(expected)]
  }
  if (!Array.isArray(value)) throw invalid("Invalid Condition: a condition must be an object or a list.")
  const [operator, ...operands] = value.map(String)
  if (operator !== "eq" && operator !== "starts-with" && operator !== "content-length-range") {
    throw invalid(`Invalid Condition: unknown operation '${operator}'.`)
  }
  if (operands.length !== 2) throw invalid(`Invalid Condition: wrong number of arguments to '${operator}'.`)
  return [operator, operands[0]!, operands[1]!]
}

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const parse = (text: string): Policy => {
  let policy: unknown
  try {
    if (!isBase64(text)) throw new SyntaxError()
    policy = JSON.parse(strictTextOf(Buffer.from(text, "base64")))
  } catch {
    throw invalid("Invalid JSON.")
  }
  if (!isObject(policy)) throw invalid("Invalid JSON.")
  const { conditions, expiration } = policy
  if (expiration === undefined) throw invalid("Policy missing expiration.")
  if (!Array.isArray(conditions)) throw invalid("Policy missing conditions.")
  const end = new Date(String(expiration))
  if (!dateTime.test(String(expiration)) || Number.isNaN(end.getTime())) {
    throw invalid(`Invalid 'expiration' value: '${String(expiration)}'`)
  }
  return { expiration: end, conditions: conditions.map(condition) }
}

const startsWith = (name: string, value: string, prefix: string): boolean =>
  name === "content-type"
    ? value.split(",").every((type) => type.trim().startsWith(prefix))
    : value.startsWith(prefix)

/** Fields that no condition has to allow. */
const isFree = (name: string): boolean =>
  /^(policy|file|x-amz-signature|signature|awsaccesskeyid)$/.test(name) || name.startsWith("x-ignore-")

/** Checks a form with its file's size against its policy. `fields` has the bucket of the address. Throws a `Fault`. */
export const checkPolicy = (text: string, fields: Fields, size: number, now: Date): void => {
  const { conditions, expiration } = parse(text)
  if (expiration <= now) throw denied("Policy expired.")
  const allowed = new Set<string>()
  const failed = (condition: Condition): Fault =>
    denied(`Policy Condition failed: [${condition.map((part) => JSON.stringify(part)).join(", ")}]`)
  for (const one of conditions) {
    const [operator, first, second] = one
    if (operator === "content-length-range") {
      if (!(Number(first) >= 0 && Number(second) >= 0)) throw failed(one)
      continue
    }
    const name = first.slice(1).toLowerCase()
    const value = fields.get(name) ?? ""
    const isMet = first.startsWith("$") && (operator === "eq" ? value === second : startsWith(name, value, second))
    if (!isMet) throw failed(one)
    allowed.add(name)
  }
  for (const name of fields.keys()) {
    if (!isFree(name) && !allowed.has(name)) throw denied(`Extra input fields: ${name}`)
  }
  for (const [operator, min, max] of conditions) {
    if (operator !== "content-length-range") continue
    if (size > Number(max)) throw tooLarge(size, Number(max))
    if (size < Number(min)) throw tooSmall(size, Number(min))
  }
}
