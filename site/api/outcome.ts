// What an Effect, Stream or Layer gives, how it fails, and what it requires.
import * as td from "typedoc"
import { type Entry, type Page, type Reference, targetOf } from "./entries.ts"
import { textOf, type Tokens } from "./tokens.ts"
import { printerFor, type Substitution } from "./types.ts"

export interface Call {
  readonly signature: td.SignatureReflection
  /** What takes the place of the type parameters of an interface that can be called. */
  readonly substitution: Substitution
}

const substitutionOf = (
  parameters: ReadonlyArray<td.TypeParameterReflection> | undefined,
  args: ReadonlyArray<td.SomeType> | undefined
): Substitution =>
  new Map((parameters ?? []).flatMap((parameter, i) => {
    const argument = args?.[i] ?? parameter.default
    return argument === undefined ? [] : [[parameter.name, argument] as const]
  }))

/** The signatures of a function, whether it's declared as one or has a type that can be called. */
export const callsOf = (entry: Entry): ReadonlyArray<Call> => {
  const none: Substitution = new Map()
  const { value } = entry
  if (value === undefined) return []
  if (value.kindOf(td.ReflectionKind.Class)) return []
  if (value.signatures !== undefined) return value.signatures.map((signature) => ({ signature, substitution: none }))
  if (value.type?.type === "reflection") {
    return (value.type.declaration.signatures ?? []).map((signature) => ({ signature, substitution: none }))
  }
  if (value.type?.type !== "reference") return []
  const target = targetOf(value.type.reflection)
  const substitution = substitutionOf(target?.typeParameters, value.type.typeArguments)
  return (target?.signatures ?? []).map((signature) => ({ signature, substitution }))
}

export interface Outcome {
  readonly of: "Effect" | "Stream" | "Layer"
  readonly value: Tokens
  /** One for each member of the union; empty if it can't fail. */
  readonly failures: ReadonlyArray<Tokens>
  readonly requirements: ReadonlyArray<Tokens>
}

const kindOf = (type: td.ReferenceType): Outcome["of"] | undefined => {
  const symbol = type.symbolId
  const name = symbol?.qualifiedName
  return symbol?.packageName === "effect" && (name === "Effect" || name === "Stream" || name === "Layer")
    ? name
    : undefined
}

const membersOf = (type: td.SomeType): ReadonlyArray<td.SomeType> =>
  type.type === "union" ? type.types.flatMap(membersOf) : [type]

/** Finds the Effect, Stream or Layer that a call ends with: the function that is returned is called, too. */
const outcomeOfType = (
  type: td.SomeType | undefined,
  substitution: Substitution,
  page: Page,
  reference: Reference
): Outcome | undefined => {
  if (type === undefined) return undefined
  if (type.type === "reflection") {
    const [signature] = type.declaration.signatures ?? []
    return outcomeOfType(signature?.type, substitution, page, reference)
  }
  if (type.type !== "reference") return undefined
  const of = kindOf(type)
  const substituteOf = (one: td.SomeType): td.SomeType | undefined =>
    one.type === "reference" && one.refersToTypeParameter ? substitution.get(one.name) : undefined
  const args = type.typeArguments ?? []
  if (of === undefined) {
    // An alias, such as that of the handlers of Lambda events.
    const alias = targetOf(type.reflection)
    return alias?.kindOf(td.ReflectionKind.TypeAlias)
      ? outcomeOfType(
        alias.type,
        substitutionOf(alias.typeParameters, args.map((one) => substituteOf(one) ?? one)),
        page,
        reference
      )
      : undefined
  }
  const printer = printerFor(page, reference, substitution)
  // What takes the place of a parameter has parameters of its own, which may have the same names.
  const outer = printerFor(page, reference)
  const print = (one: td.SomeType): ReadonlyArray<Tokens> =>
    membersOf(one).flatMap((member) => {
      const substitute = substituteOf(member)
      return substitute === undefined ? [printer.type(member)] : membersOf(substitute).map(outer.type)
    })
  const list = (one: td.SomeType | undefined) =>
    one === undefined ? [] : print(one).filter((tokens) => textOf(tokens) !== "never")
  return {
    of,
    value: printer.type(args[0] ?? new td.IntrinsicType("unknown")),
    failures: list(args[1]),
    requirements: list(args[2])
  }
}

/** The outcomes of a value: one for each signature, without those that are the same. */
export const outcomesOf = (entry: Entry, reference: Reference): ReadonlyArray<Outcome> => {
  const calls = callsOf(entry)
  const found = calls.length > 0
    ? calls.map(({ signature, substitution }) => outcomeOfType(signature.type, substitution, entry.page, reference))
    : [outcomeOfType(entry.value?.type, new Map(), entry.page, reference)]
  const byText = new Map<string, Outcome>()
  for (const outcome of found) {
    if (outcome === undefined) continue
    const sorted = (list: ReadonlyArray<Tokens>) => list.map(textOf).sort().join("|")
    const value = textOf(outcome.value).split(" | ").sort().join(" | ")
    const key = [outcome.of, value, sorted(outcome.failures), sorted(outcome.requirements)].join(";")
    if (!byText.has(key)) byText.set(key, outcome)
  }
  return [...byText.values()]
}
