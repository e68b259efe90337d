// The declaration of an entry, as code.
import * as td from "typedoc"
import { type Entry, madeWith, type Reference } from "./entries.ts"
import { callsOf } from "./outcome.ts"
import { join, textOf, type Tokens } from "./tokens.ts"
import { printerFor, type Substitution } from "./types.ts"

const { ReflectionKind } = td

/** The members that a reader needs: not those that every error has, nor marks of the type system. */
export const membersOf = (entry: Entry): ReadonlyArray<td.DeclarationReflection> => {
  const { shape, type } = entry
  const of = shape ?? (type?.type?.type === "reflection" ? type.type.declaration : undefined)
  const own = (child: td.DeclarationReflection) => child.inheritedFrom === undefined ? 0 : 1
  return (of?.children ?? []).toSorted((a, b) => own(a) - own(b)).filter((child) =>
    !child.kindOf(ReflectionKind.Constructor) && !child.flags.isStatic && !child.name.startsWith("~") &&
    !child.name.startsWith("[") &&
    !(entry.kind === "error" && ["name", "message", "stack", "toJSON", "_tag"].includes(child.name))
  )
}

const last = (name: string) => name.slice(name.lastIndexOf(".") + 1)

/**
 * The names of waiters. TypeScript says of `keyof Known & string`, while `Known` is unknown, that it's a `string`: that
 * would allow any name.
 */
const withNames = (tokens: Tokens, substitution: Substitution): Tokens => {
  const known = substitution.get("Known")
  const of = known === undefined ? "Known" : String(known)
  return textOf(tokens).startsWith("<Name extends string") && textOf(tokens).includes(`${of}[Name]`)
    ? tokens.map((token, i) => i < 5 && token === "string" ? `keyof ${of} & string` : token)
    : tokens
}

/** Whether a type has the name of one that isn't public. */
const namesHidden = (entry: Entry, reference: Reference) => (type: td.SomeType): boolean =>
  type.type === "reference" && (
    (type.reflection !== undefined && !type.refersToTypeParameter &&
      reference.entryOf(type, entry.page) === undefined) ||
    (type.typeArguments ?? []).some(namesHidden(entry, reference))
  )

/** The declaration. Members that have a list of their own are left out. */
export const declarationOf = (entry: Entry, reference: Reference): Tokens => {
  const { kind, shape, type, value } = entry
  const printer = printerFor(entry.page, reference)
  const name = last(entry.name)
  const isHidden = namesHidden(entry, reference)
  const extended = (of: td.DeclarationReflection | undefined): Tokens => {
    // A reader can't look up what isn't exported; the members are in the list.
    const types = (of?.extendedTypes ?? []).filter((type) => !isHidden(type)).map(printer.type)
      .filter((tokens) => !textOf(tokens).includes("typeof "))
    return types.length === 0 ? [] : [" extends ", ...join(types, ", ")]
  }
  switch (kind) {
    case "error":
      return [
        `class ${name}`,
        ...printer.typeParameters((type ?? value)?.typeParameters),
        " extends Error { readonly _tag: ",
        JSON.stringify(name),
        " }"
      ]
    case "service":
      return [`class ${name} extends Context.Service<${name}> {}`]
    case "class":
      return [
        `class ${name}`,
        ...printer.typeParameters(value?.typeParameters),
        madeWith(value) === "Schema.Class" ? ` extends Schema.Class<${name}>` : "",
        " {}"
      ]
    case "function": {
      const calls = callsOf(entry)
      const print = (arrow: string) =>
        calls.map(({ signature, substitution }) =>
          withNames(printerFor(entry.page, reference, substitution).signature(signature, arrow), substitution)
        )
      return calls.length === 1
        ? [`declare const ${name}: `, ...print(" => ")[0]!]
        : [`declare const ${name}: { `, ...join(print(": "), "; "), " }"]
    }
    case "constant": {
      const of = printer.type(value?.type ?? value?.getSignature?.type ?? new td.UnknownType("unknown"))
      // The whole type of a large Schema says the same as the type that it describes, and less clearly.
      const isLarge = textOf(of).length > 400 && type !== undefined && textOf(of).startsWith("Schema.")
      return [`declare const ${name}: `, ...(isLarge ? [`Schema.Schema<${name}>`] : of)]
    }
    case "interface": {
      const body = [
        ...(shape?.signatures ?? []).map((one) => withNames(printer.signature(one, ": "), new Map())),
        ...(shape?.indexSignatures ?? []).map(printer.index)
      ]
      return [
        `interface ${name}`,
        ...printer.typeParameters((type ?? shape)?.typeParameters),
        ...extended(shape),
        ...(body.length === 0 ? [" {}"] : [" { ", ...join(body, "; "), " }"])
      ]
    }
    case "type": {
      // An alias of something that isn't public is written out.
      const isHidden = shape !== undefined && shape !== type
      const of = isHidden && shape.kindOf(ReflectionKind.TypeAlias) ? shape : type
      const text = isHidden && !shape.kindOf(ReflectionKind.TypeAlias)
        ? ["{}"]
        : type?.type !== undefined && of?.type !== undefined
        ? literally(entry, of.type, reference)
        : ["unknown"]
      return [`type ${name}`, ...printer.typeParameters(of?.typeParameters), " = ", ...text]
    }
  }
}

/** A type as it's written, where the name that stands for it would be its own. */
const literally = (entry: Entry, type: td.SomeType, reference: Reference): Tokens =>
  printerFor(entry.page, {
    ...reference,
    aliasOf: (of, page) => {
      const found = reference.aliasOf(of, page)
      return found?.type === entry.type ? undefined : found
    }
  }).type(type)
