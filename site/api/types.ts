// Prints TypeDoc's types, in the style of the sources: `ReadonlyArray<string>`, `Effect.Effect<void, AwsError>`.
import * as path from "node:path"
import * as td from "typedoc"
import type { Entry, Page, Reference } from "./entries.ts"
import { join, textOf, type Tokens } from "./tokens.ts"

export interface Printer {
  readonly type: (type: td.SomeType) => Tokens
  /** `<A, E = never>`, or nothing. */
  readonly typeParameters: (parameters: ReadonlyArray<td.TypeParameterReflection> | undefined) => Tokens
  /** The parameters and the result, with `arrow` between them. */
  readonly signature: (signature: td.SignatureReflection, arrow: string) => Tokens
  /** `readonly [name: string]: number` */
  readonly index: (signature: td.SignatureReflection) => Tokens
  /** A member of an object type: `readonly name?: string`. */
  readonly member: (member: td.DeclarationReflection) => Tokens
  readonly name: (entry: Entry) => Tokens
}

type Where = (typeof td.TypeContext)[keyof typeof td.TypeContext]

/** A name for a parameter that the sources take apart: `AwsError` gives `error`, `CollectOptions` gives `options`. */
const parameterName = (type: td.SomeType | undefined): string => {
  const name = type?.type === "reference" ? type.name.replace(/^.*\./, "") : "Options"
  const word = /[A-Z][a-z]*$/.exec(name)?.[0] ?? name
  return word === "" ? "options" : word.toLowerCase()
}

const property = (name: string): string =>
  /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) || name.startsWith("[") ? name : JSON.stringify(name)

interface Parameter {
  readonly name: string
  readonly isOptional: boolean
  readonly isRest: boolean
  readonly type: td.SomeType | undefined
}

/** The parameters as a caller sees them: those of a function made with `Effect.fn` come as one tuple. */
export const parametersOf = (signature: td.SignatureReflection): ReadonlyArray<Parameter> =>
  (signature.parameters ?? []).flatMap(({ defaultValue, flags, name, type }): ReadonlyArray<Parameter> => {
    if (flags.isRest && type?.type === "tuple") {
      return type.elements.map((element): Parameter => {
        if (element.type === "namedTupleMember") {
          return { name: element.name, isOptional: element.isOptional, isRest: false, type: element.element }
        }
        const isOptional = element.type === "optional"
        const of = isOptional ? element.elementType : element
        return { name: parameterName(of), isOptional, isRest: false, type: of }
      })
    }
    return [{
      name: name === "__namedParameters" ? parameterName(type) : name,
      isOptional: flags.isOptional || defaultValue !== undefined,
      isRest: flags.isRest,
      type
    }]
  })

/** How code names something of Effect: `Duration.Input`. */
const ofEffect = (type: td.ReferenceType): string | undefined => {
  const symbol = type.symbolId
  if (type.refersToTypeParameter || symbol?.packageName !== "effect") return undefined
  const module = path.basename(symbol.packagePath).replace(/(\.d)?\.ts$/, "")
  return `${module}.${symbol.qualifiedName}`
}

const isEmptyObject = (type: td.SomeType): boolean =>
  type.type === "reflection" && (type.declaration.children ?? []).length === 0 &&
  type.declaration.signatures === undefined && type.declaration.indexSignatures === undefined

/** `string`, or `string & {}`. */
const isString = (type: td.SomeType): boolean =>
  type.type === "intrinsic"
    ? type.name === "string"
    : type.type === "intersection" && type.types.every((one) => isString(one) || isEmptyObject(one))

const isConfig = (type: td.SomeType | undefined): type is td.ReferenceType =>
  type?.type === "reference" && ofEffect(type) === "Config.Config"

/** What `Config.Wrap` wraps: the compiler writes it out, as a `Config` of the whole or an object with a `Config` for each member. */
const wrappedIn = ({ types }: td.UnionType): td.SomeType | undefined => {
  const isWrapped = (type: td.SomeType | undefined): boolean =>
    isConfig(type) || (type?.type === "union" && type.types.some(isConfig))
  const whole = types.find(isConfig)
  const members = types.flatMap((type) => type.type === "reflection" ? type.declaration.children ?? [] : [])
  return types.length === 2 && members.length > 0 && members.every(({ type }) => isWrapped(type))
    ? whole?.typeArguments?.[0]
    : undefined
}

/** What takes the place of type parameters, by their names. */
export type Substitution = ReadonlyMap<string, td.SomeType>

export const printerFor = (page: Page, reference: Reference, substitution: Substitution = new Map()): Printer => {
  const name = (entry: Entry): Tokens => {
    const isHere = entry.page === page
    return [{
      text: isHere || !entry.page.subpath.isNamespace ? entry.name : `${entry.page.name}.${entry.name}`,
      entry
    }]
  }

  const referenced = (type: td.ReferenceType): Tokens => {
    const substitute = type.refersToTypeParameter ? substitution.get(type.name) : undefined
    if (substitute !== undefined) return printerFor(page, reference).type(substitute)
    const entry = type.refersToTypeParameter ? undefined : reference.entryOf(type, page)
    const effect = entry === undefined ? ofEffect(type) : undefined
    const head = entry !== undefined ? name(entry) : [effect ?? type.name.replace(/^Internal\./, "")]
    let args = (type.typeArguments ?? []).map((argument) => print(argument, td.TypeContext.referenceTypeArgument))
    const defaults = entry?.parameters
    // Arguments that are the default say nothing.
    while (args.length > 0) {
      const last = textOf(args.at(-1)!)
      const isDefault = defaults !== undefined
        ? defaults[args.length - 1] === last
        : (effect !== undefined && args.length > 1 && last === "never") ||
          (/^(Async)?Iterable$/.test(type.name) && args.length > 1 && (last === "any" || last === "unknown")) ||
          (type.name === "Uint8Array" && last === "ArrayBufferLike")
      if (!isDefault) break
      args = args.slice(0, -1)
    }
    return args.length === 0 ? head : [...head, "<", ...join(args, ", "), ">"]
  }

  const index: Printer["index"] = (one) => [
    `readonly [${one.parameters?.[0]?.name ?? "key"}: `,
    ...print(one.parameters?.[0]?.type ?? new td.IntrinsicType("string")),
    "]: ",
    ...print(one.type ?? new td.IntrinsicType("unknown"))
  ]

  const literal = (declaration: td.DeclarationReflection): Tokens => {
    const signatures = declaration.signatures ?? []
    const members = declaration.children ?? []
    if (members.length === 0 && (declaration.indexSignatures ?? []).length === 0) {
      const [only] = signatures
      if (only !== undefined && signatures.length === 1) {
        return [...(only.kind === td.ReflectionKind.ConstructorSignature ? ["new"] : []), ...signature(only, " => ")]
      }
      if (only === undefined) return ["{}"]
    }
    const parts = [
      ...signatures.map((one) => [
        ...(one.kind === td.ReflectionKind.ConstructorSignature ? ["new"] : []),
        ...signature(one, ": ")
      ]),
      ...(declaration.indexSignatures ?? []).map(index),
      ...members.map(member)
    ]
    return ["{ ", ...join(parts, "; "), " }"]
  }

  const typeParameters: Printer["typeParameters"] = (parameters) =>
    parameters === undefined || parameters.length === 0 ? [] : [
      "<",
      ...join(
        parameters.map((parameter): Tokens => [
          ...(parameter.flags.isConst ? ["const "] : []),
          parameter.name,
          ...(parameter.type === undefined ? [] : [" extends ", ...print(parameter.type)]),
          ...(parameter.default === undefined ? [] : [" = ", ...print(parameter.default)])
        ]),
        ", "
      ),
      ">"
    ]

  const signature: Printer["signature"] = (one, arrow) => [
    ...typeParameters(one.typeParameters),
    "(",
    ...join(
      parametersOf(one).map(({ isOptional, isRest, name, type }): Tokens => [
        `${isRest ? "..." : ""}${name}${isOptional && !isRest ? "?" : ""}: `,
        ...print(type ?? new td.IntrinsicType("unknown"))
      ]),
      ", "
    ),
    ")",
    arrow,
    ...print(one.type ?? new td.IntrinsicType("void"))
  ]

  const member: Printer["member"] = (one) => {
    const optional = one.flags.isOptional ? "?" : ""
    const [first] = one.signatures ?? []
    if (first !== undefined && one.type === undefined) {
      return one.signatures!.length === 1
        ? [`${property(one.name)}${optional}`, ...signature(first, ": ")]
        : join(one.signatures!.map((one) => [property(one.name), ...signature(one, ": ")]), "; ")
    }
    const type = one.type ?? one.getSignature?.type ?? new td.IntrinsicType("unknown")
    const isReadonly = one.flags.isReadonly || one.getSignature !== undefined
    return [`${isReadonly ? "readonly " : ""}${property(one.name)}${optional}: `, ...print(type)]
  }

  const bare = (type: td.SomeType): Tokens => {
    const { TypeContext } = td
    switch (type.type) {
      case "array":
        return ["Array<", ...print(type.elementType), ">"]
      case "conditional":
        return [
          ...print(type.checkType, TypeContext.conditionalCheck),
          " extends ",
          ...print(type.extendsType, TypeContext.conditionalExtends),
          " ? ",
          ...print(type.trueType, TypeContext.conditionalTrue),
          " : ",
          ...print(type.falseType, TypeContext.conditionalFalse)
        ]
      case "indexedAccess":
        return [
          ...print(type.objectType, TypeContext.indexedObject),
          "[",
          ...print(type.indexType, TypeContext.indexedIndex),
          "]"
        ]
      case "inferred":
        return [
          `infer ${type.name}`,
          ...(type.constraint === undefined ? [] : [" extends ", ...print(type.constraint)])
        ]
      case "intersection": {
        // `string & {}` keeps an editor's completions. To a reader it's a string.
        const types = type.types.some((one) => one.type === "intrinsic" && one.name === "string")
          ? type.types.filter((one) => !isEmptyObject(one))
          : type.types
        return join(types.map((one) => print(one, TypeContext.intersectionElement)), " & ")
      }
      case "union": {
        const wrapped = wrappedIn(type)
        if (wrapped !== undefined) return ["Config.Wrap<", ...print(wrapped, TypeContext.referenceTypeArgument), ">"]
        const byText = new Map<string, Tokens>()
        for (const one of type.types) {
          const tokens = print(one, isString(one) ? TypeContext.none : TypeContext.unionElement)
          if (!byText.has(textOf(tokens))) byText.set(textOf(tokens), tokens)
        }
        return join([...byText.values()], " | ")
      }
      case "intrinsic":
        return [type.name]
      case "unknown":
        return [type.name]
      case "literal":
        return [typeof type.value === "bigint" ? `${type.value}n` : JSON.stringify(type.value)]
      case "mapped": {
        const readonly = type.readonlyModifier === undefined
          ? ""
          : `${type.readonlyModifier === "-" ? "-" : ""}readonly `
        const optional = type.optionalModifier === undefined ? "" : `${type.optionalModifier === "-" ? "-" : ""}?`
        return [
          `{ ${readonly}[${type.parameter} in `,
          ...print(type.parameterType),
          ...(type.nameType === undefined ? [] : [" as ", ...print(type.nameType)]),
          `]${optional}: `,
          ...print(type.templateType),
          " }"
        ]
      }
      case "optional":
        return [...print(type.elementType, TypeContext.optionalElement), "?"]
      case "rest":
        return ["...", ...print(type.elementType, TypeContext.restElement)]
      case "predicate":
        return [
          `${type.asserts ? "asserts " : ""}${type.name}`,
          ...(type.targetType === undefined ? [] : [" is ", ...print(type.targetType)])
        ]
      case "query":
        return ["typeof ", ...referenced(type.queryType)]
      case "reference":
        return referenced(type)
      case "reflection":
        return literal(type.declaration)
      case "templateLiteral":
        return ["`", type.head, ...type.tail.flatMap(([one, text]): Tokens => ["${", ...print(one), "}", text]), "`"]
      case "tuple":
        return ["[", ...join(type.elements.map((one) => print(one, TypeContext.tupleElement)), ", "), "]"]
      case "namedTupleMember":
        return [`${type.name}${type.isOptional ? "?" : ""}: `, ...print(type.element)]
      case "typeOperator":
        return type.operator === "readonly" && type.target.type === "array"
          ? ["ReadonlyArray<", ...print(type.target.elementType), ">"]
          : [`${type.operator} `, ...print(type.target, TypeContext.typeOperatorTarget)]
    }
  }

  const print = (type: td.SomeType, where: Where = td.TypeContext.none): Tokens => {
    const tokens = bare(type)
    // The type of a Schema, which the compiler writes out: it has a name.
    const alias = type.type === "reflection" || type.type === "union" ? reference.aliasOf(type, page) : undefined
    if (alias !== undefined) return name(alias)
    return type.needsParenthesis(where) ? ["(", ...tokens, ")"] : tokens
  }

  return { type: (type) => print(type), typeParameters, signature, index, member, name }
}
