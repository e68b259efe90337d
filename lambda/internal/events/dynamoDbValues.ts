// Attribute values of DynamoDB as plain values.
import * as BigDecimal from "effect/BigDecimal"
import * as Base64 from "effect/encoding/Base64"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"

/**
 * The value of an attribute: a number is a `number` if it's exactly that, else a `bigint` or a `BigDecimal`; a set is a `Set`.
 *
 * @category models
 * @since 0.1.0
 */
export type DynamoDbValue =
  | string
  | number
  | bigint
  | BigDecimal.BigDecimal
  | boolean
  | null
  | Uint8Array
  | ReadonlyArray<DynamoDbValue>
  | ReadonlySet<string | number | bigint | BigDecimal.BigDecimal | Uint8Array>
  | { readonly [name: string]: DynamoDbValue }

/**
 * The attributes of an item, by name.
 *
 * @category models
 * @since 0.1.0
 */
export interface DynamoDbItem {
  readonly [name: string]: DynamoDbValue
}

/**
 * An attribute value as DynamoDB sends it: an object whose one member names the type.
 *
 * @category models
 * @since 0.1.0
 */
export type DynamoDbAttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: ReadonlyArray<string> }
  | { readonly NS: ReadonlyArray<string> }
  | { readonly BS: ReadonlyArray<string> }
  | { readonly L: ReadonlyArray<DynamoDbAttributeValue> }
  | { readonly M: { readonly [name: string]: DynamoDbAttributeValue } }

const Value: Schema.Codec<DynamoDbAttributeValue> = /* @__PURE__ */ Schema.suspend(() =>
  Schema.Union([
    Schema.Struct({ S: Schema.String }),
    Schema.Struct({ N: Numeral }),
    Schema.Struct({ B: Binary }),
    Schema.Struct({ BOOL: Schema.Boolean }),
    Schema.Struct({ NULL: Schema.Boolean }),
    Schema.Struct({ SS: Schema.Array(Schema.String) }),
    Schema.Struct({ NS: Schema.Array(Numeral) }),
    Schema.Struct({ BS: Schema.Array(Binary) }),
    Schema.Struct({ L: Schema.Array(Value) }),
    Schema.Struct({ M: Schema.Record(Schema.String, Value) })
  ])
)

/** The attributes of an item on the wire. */
export const Attributes = /* @__PURE__ */ Schema.Record(Schema.String, Value)

const decimalOf = (digits: string): BigDecimal.BigDecimal | undefined =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(digits)
    ? Option.getOrUndefined(BigDecimal.fromString(digits))
    : undefined

const Numeral = /* @__PURE__ */ Schema.String.check(
  /* @__PURE__ */ Schema.makeFilter((digits: string) =>
    decimalOf(digits) !== undefined || "Expected a number of DynamoDB"
  )
)

const Binary = /* @__PURE__ */ Schema.String.check(
  /* @__PURE__ */ Schema.makeFilter((text: string) =>
    Result.isSuccess(Base64.decode(text)) || "Expected a valid Base64 string"
  )
)

/** What a schema takes in a place. */
type Wanted = SchemaAST.AST | undefined

const alternatives = (wanted: Wanted): ReadonlyArray<SchemaAST.AST> =>
  wanted === undefined
    ? []
    : wanted._tag === "Union"
    ? wanted.types.flatMap(alternatives)
    : wanted._tag === "Suspend"
    ? alternatives(wanted.thunk())
    : [wanted]

const isDeclared = (ast: SchemaAST.AST, id: string): boolean =>
  ast._tag === "Declaration" &&
  (ast.annotations?.["representation"] as { readonly id?: unknown } | undefined)?.id === `effect/schema/${id}`

/**
 * A number as what its schema takes: a field of `Schema.BigInt` is a `bigint`, however small. Where the schema leaves it
 * open, a `number` if no digit is lost, else a `bigint`, else a `BigDecimal`. A `Schema.Finite` never gets a number that is
 * only near.
 */
const numberOf = (digits: string, wanted: Wanted): number | bigint | BigDecimal.BigDecimal => {
  const decimal = BigDecimal.normalize(decimalOf(digits)!)
  const number = Number(digits)
  const all = alternatives(wanted)
  const isExact = Number.isFinite(number) && BigDecimal.equals(BigDecimal.fromStringUnsafe(String(number)), decimal)
  const takesNumber = all.some((ast) =>
    ast._tag === "Number" || (ast._tag === "Literal" && typeof ast.literal === "number")
  )
  const takesBigInt = all.some((ast) =>
    ast._tag === "BigInt" || (ast._tag === "Literal" && typeof ast.literal === "bigint")
  )
  const isInteger = decimal.scale <= 0
  if (isExact && takesNumber) return number
  if (isInteger && takesBigInt) return decimal.value * 10n ** BigInt(-decimal.scale)
  if (all.some((ast) => isDeclared(ast, "BigDecimal"))) return decimal
  if (isExact) return number
  return isInteger ? decimal.value * 10n ** BigInt(-decimal.scale) : decimal
}

const bytesOf = (base64: string): Uint8Array => Result.getOrThrow(Base64.decode(base64))

const memberOf = (wanted: Wanted, name: string): Wanted => {
  for (const ast of alternatives(wanted)) {
    if (ast._tag !== "Objects") continue
    const found = ast.propertySignatures.find((signature) => signature.name === name)?.type ??
      ast.indexSignatures[0]?.type
    if (found !== undefined) return found
  }
  return undefined
}

const elementOf = (wanted: Wanted, index: number): Wanted => {
  for (const ast of alternatives(wanted)) {
    if (ast._tag === "Arrays") return ast.elements[index] ?? ast.rest[0]
    if (isDeclared(ast, "ReadonlySet") && ast._tag === "Declaration") return ast.typeParameters[0]
  }
  return undefined
}

/** A set is an array where the schema takes an array and no set. */
const setOf = <A>(elements: ReadonlyArray<A>, wanted: Wanted): ReadonlyArray<A> | ReadonlySet<A> => {
  const all = alternatives(wanted)
  const takesArray = all.some((ast) => ast._tag === "Arrays") && !all.some((ast) => isDeclared(ast, "ReadonlySet"))
  return takesArray ? elements : new Set(elements)
}

const valueOf = (value: DynamoDbAttributeValue, wanted: Wanted): DynamoDbValue => {
  if ("S" in value) return value.S
  if ("N" in value) return numberOf(value.N, wanted)
  if ("BOOL" in value) return value.BOOL
  if ("NULL" in value) return null
  if ("M" in value) return itemOf(value.M, wanted)
  if ("L" in value) return value.L.map((element, i) => valueOf(element, elementOf(wanted, i)))
  if ("B" in value) return bytesOf(value.B)
  if ("SS" in value) return setOf(value.SS, wanted)
  if ("NS" in value) return setOf(value.NS.map((digits, i) => numberOf(digits, elementOf(wanted, i))), wanted)
  return setOf(value.BS.map(bytesOf), wanted)
}

/** The plain attributes of an item, as the encoded side of its schema takes them. */
export const itemOf = (item: { readonly [name: string]: DynamoDbAttributeValue }, wanted?: Wanted): DynamoDbItem =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, valueOf(value, memberOf(wanted, name))]))
