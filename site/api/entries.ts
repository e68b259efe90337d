// The pages of the reference and their entries: every export, the statics of classes, and the types in namespaces.
import * as td from "typedoc"
import type { Converted } from "./convert.ts"
import { moduleComment } from "./moduleComment.ts"
import type { Subpath } from "./subpaths.ts"

export type Kind = "function" | "constant" | "class" | "service" | "error" | "interface" | "type"

export interface Page {
  readonly name: string
  readonly subpath: Subpath
  readonly comment: ReadonlyArray<td.CommentDisplayPart>
  readonly entries: ReadonlyArray<Entry>
}

export interface Entry {
  readonly page: Page
  /** As code in the module's namespace names it: `putObject`, `InMemory.layer`. It's also the anchor. */
  readonly name: string
  readonly kind: Kind
  /** The constant, function or class. */
  readonly value: td.DeclarationReflection | undefined
  /** The interface or the alias. A class may have one of the same name. */
  readonly type: td.DeclarationReflection | undefined
  /** What has the members. An alias may stand for a declaration that isn't public. */
  readonly shape: td.DeclarationReflection | undefined
  /** The class of a static, and what a namespace belongs to. */
  readonly owner: Entry | undefined
  readonly comments: ReadonlyArray<td.Comment>
  /** The defaults of the type parameters. */
  readonly parameters: ReadonlyArray<string | undefined> | undefined
}

/** Finds the entries that types and links mean. If several modules export the same, the page's own comes first. */
export interface Reference {
  readonly pages: ReadonlyArray<Page>
  readonly entryOf: (type: td.ReferenceType, page: Page) => Entry | undefined
  readonly entryOfReflection: (reflection: td.Reflection, page: Page) => Entry | undefined
  /** The name of a type that the compiler has written out, if a Schema's type has one. */
  readonly aliasOf: (type: td.SomeType, page: Page) => Entry | undefined
  /** By the name that code uses on the page: `putObject`, `S3.putObject`, `AwsError.catchCode`. */
  readonly named: (name: string, page: Page) => Entry | undefined
  /** The error of this name, if there is one of it. */
  readonly error: (name: string) => Entry | undefined
  /** The entries of other pages that are the same export. */
  readonly twins: (entry: Entry) => ReadonlyArray<Entry>
}

const { ReflectionKind } = td

/** The declaration that a re-export stands for. */
export const targetOf = (reflection: td.Reflection | undefined): td.DeclarationReflection | undefined => {
  const target = reflection instanceof td.ReferenceReflection ? reflection.tryGetTargetReflectionDeep() : reflection
  return target instanceof td.DeclarationReflection ? target : undefined
}

export const commentOf = (reflection: td.DeclarationReflection | undefined): td.Comment | undefined =>
  reflection === undefined ? undefined : [
    reflection.comment,
    ...(reflection.signatures ?? []).map((signature) => signature.comment),
    reflection.getSignature?.comment
  ].find((comment) => comment !== undefined)

/** A key that is the same for equal object types, in whatever order their members are. */
const keyOf = (type: td.SomeType): string => {
  switch (type.type) {
    case "reflection": {
      const { children = [], signatures = [] } = type.declaration
      return signatures.length > 0 ?
        String(type) :
        `{${
          children.map((child) =>
            `${child.name}${child.flags.isOptional ? "?" : ""}:${child.type && keyOf(child.type)}`
          ).sort()
            .join(";")
        }}`
    }
    case "array":
      return `${keyOf(type.elementType)}[]`
    case "typeOperator":
      return `${type.operator} ${keyOf(type.target)}`
    case "union":
      return type.types.map(keyOf).sort().join("|")
    case "reference":
      return `${type.name}<${(type.typeArguments ?? []).map(keyOf).join(",")}>`
    default:
      return String(type)
  }
}

const isFunction = (value: td.DeclarationReflection): boolean => {
  if (value.kindOf(ReflectionKind.FunctionOrMethod)) return true
  if (value.type?.type === "reflection") return (value.type.declaration.signatures ?? []).length > 0
  // A constant whose type is an interface that can be called.
  return value.type?.type === "reference" && targetOf(value.type.reflection)?.signatures !== undefined
}

const isError = (shape: td.DeclarationReflection | undefined): boolean =>
  shape?.kindOf(ReflectionKind.Class) === true && (shape.extendedTypes ?? []).some((type) => /Error/.test(String(type)))

/** What `type X = Internal.X` stands for. */
const standsFor = (alias: td.DeclarationReflection | undefined): td.DeclarationReflection | undefined => {
  if (alias === undefined || !alias.kindOf(ReflectionKind.TypeAlias)) return alias
  if (alias.type?.type !== "reference") return undefined
  const target = targetOf(alias.type.reflection)
  return target?.kindOf(ReflectionKind.TypeAlias) ? standsFor(target) ?? target : target
}

/** What a class is made with: `Schema.Class`, `Context.Service`. Its constructor comes from there. */
export const madeWith = (value: td.DeclarationReflection | undefined): string | undefined =>
  /^([\w.]+)</.exec(
    value?.children?.find((child) => child.kindOf(ReflectionKind.Constructor))?.inheritedFrom?.name ?? ""
  )?.[1]

interface Draft extends Omit<Page, "entries"> {
  readonly entries: Array<Entry>
}

const kindOf = (entry: Pick<Entry, "value" | "type" | "shape">): Kind => {
  const { shape, type, value } = entry
  if (value?.kindOf(ReflectionKind.Class)) {
    return madeWith(value) === "Context.Service" ? "service" : "class"
  }
  if (value !== undefined && isError(shape)) return "error"
  if (value !== undefined) return isFunction(value) ? "function" : "constant"
  return type?.kindOf(ReflectionKind.Interface) || shape?.kindOf(ReflectionKind.Interface) ? "interface" : "type"
}

const isStatic = (child: td.DeclarationReflection) =>
  child.flags.isStatic && child.inheritedFrom === undefined && !child.name.startsWith("[") &&
  !child.name.startsWith("~")

/** Adds the entry of a name, of the statics of its class, and of the types in its namespace. */
const add = (
  page: Draft,
  name: string,
  reflections: ReadonlyArray<td.DeclarationReflection>,
  owner: Entry | undefined
): void => {
  const value = reflections.find((one) =>
    one.kindOf([
      ReflectionKind.Class,
      ReflectionKind.Variable,
      ReflectionKind.Function,
      ReflectionKind.Property,
      ReflectionKind.Accessor,
      ReflectionKind.Method
    ])
  )
  const type = reflections.find((one) => one.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias]))
  let entry: Entry | undefined
  if (value !== undefined || type !== undefined) {
    const shape = value?.kindOf(ReflectionKind.Class) ? value : standsFor(type)
    const comments = [commentOf(value), commentOf(type)].filter((comment) => comment !== undefined)
    entry = {
      page,
      name,
      kind: kindOf({ value, type, shape }),
      value,
      type,
      shape,
      owner,
      // The comment of the type that goes with a value says only that.
      comments: value !== undefined && comments.length > 1 && textOf(comments[1]).startsWith("The type of")
        ? comments.slice(0, 1)
        : comments,
      parameters: (type ?? value)?.typeParameters?.map((parameter) => parameter.default && String(parameter.default))
    }
    page.entries.push(entry)
    for (const child of shape?.kindOf(ReflectionKind.Class) ? shape.children ?? [] : []) {
      if (value !== undefined && isStatic(child)) add(page, `${name}.${child.name}`, [child], entry)
    }
  }
  for (const namespace of reflections.filter((one) => one.kindOf(ReflectionKind.Namespace))) {
    addAll(page, namespace.children ?? [], entry, `${name}.`)
  }
}

const textOf = (comment: td.Comment | undefined): string =>
  comment?.summary.map((part) => part.text).join("").trim() ?? ""

const addAll = (
  page: Draft,
  children: ReadonlyArray<td.Reflection>,
  owner: Entry | undefined,
  prefix: string
): void => {
  const byName = new Map<string, Array<td.DeclarationReflection>>()
  for (const child of children) {
    const target = targetOf(child)
    if (target === undefined || child.name.startsWith("~")) continue
    // A re-export stands for the value and the type of its name, and for the namespace.
    const all = target === child || !(target.parent instanceof td.ContainerReflection)
      ? [target]
      : (target.parent.children ?? []).filter((sibling) => sibling.name === target.name)
    byName.set(child.name, [...new Set([...byName.get(child.name) ?? [], ...all])])
  }
  for (const [name, reflections] of byName) add(page, `${prefix}${name}`, reflections, owner)
}

export const referenceOf = (converted: Converted, subpaths: ReadonlyArray<Subpath>): Reference => {
  const pages = subpaths.map((subpath): Page => {
    const module = converted.modules.get(subpath.file)
    if (module === undefined) throw new Error(`TypeDoc found nothing in ${subpath.file}.`)
    const page: Draft = { name: subpath.name, subpath, comment: moduleComment(subpath.file), entries: [] }
    addAll(page, module.children ?? [], undefined, "")
    return page
  })
  const entries = pages.flatMap((page) => page.entries)

  const byId = new Map<number, Array<Entry>>()
  const remember = (reflection: td.Reflection | undefined, entry: Entry): void => {
    if (reflection === undefined) return
    const known = byId.get(reflection.id) ?? []
    if (!known.includes(entry)) byId.set(reflection.id, [...known, entry])
  }
  for (const entry of entries) {
    remember(entry.value, entry)
    remember(entry.type, entry)
  }
  // A declaration that isn't public has the name that it has in public.
  const named = new Set(byId.keys())
  const aliasesOfHidden = entries.filter(({ shape }) => shape !== undefined && !named.has(shape.id))
  const isOfSameName = ({ name, shape }: Entry) => name === shape?.name || name.endsWith(`.${shape?.name}`)
  for (const entry of aliasesOfHidden.filter(isOfSameName)) remember(entry.shape, entry)
  for (const entry of aliasesOfHidden.filter((entry) => !isOfSameName(entry))) {
    if (!byId.has(entry.shape?.id ?? -1)) remember(entry.shape, entry)
  }

  const aliases = new Map<string, Array<Entry>>()
  for (const entry of entries) {
    if (entry.type?.type === undefined || !converted.writtenOut.has(entry.type.id)) continue
    const key = keyOf(entry.type.type)
    aliases.set(key, [...aliases.get(key) ?? [], entry])
  }

  const chooseAny = (found: ReadonlyArray<Entry> | undefined): Entry | undefined =>
    found?.find((entry) => (entry.page.subpath.needs ?? "nothing").startsWith("nothing")) ?? found?.[0]

  /** The page's own, or else one of a module that needs no client, as most readers have that. */
  const choose = (found: ReadonlyArray<Entry> | undefined, page: Page): Entry | undefined =>
    found?.find((entry) => entry.page === page) ?? chooseAny(found)

  const entryOfReflection: Reference["entryOfReflection"] = (reflection, page) => {
    const target = targetOf(reflection instanceof td.SignatureReflection ? reflection.parent : reflection)
    return target === undefined ? undefined : choose(byId.get(target.id), page)
  }

  const byName = new Map<string, Array<Entry>>()
  for (const entry of entries) {
    for (const name of [entry.name, `${entry.page.name}.${entry.name}`]) {
      byName.set(name, [...byName.get(name) ?? [], entry])
    }
  }

  return {
    pages,
    entryOfReflection,
    entryOf: (type, page) => type.reflection === undefined ? undefined : entryOfReflection(type.reflection, page),
    aliasOf: (type, page) => choose(aliases.get(keyOf(type)), page),
    named: (name, page) => {
      const found = byName.get(name) ?? []
      const own = found.find((entry) => entry.page === page && entry.name === name)
      // Without the module's name, it's the page's own, or one that code imports by that name.
      return own ??
        found.find((entry) => !entry.page.subpath.isNamespace || name === `${entry.page.name}.${entry.name}`)
    },
    error: (name) => {
      const errors = (byName.get(name) ?? []).filter((entry) => entry.kind === "error")
      return new Set(errors.map((entry) => entry.value)).size === 1 ? chooseAny(errors) : undefined
    },
    twins: (entry) => {
      const id = (entry.value ?? entry.type)?.id
      return id === undefined ? [] : (byId.get(id) ?? []).filter((other) => other !== entry)
    }
  }
}

/** The text of a block tag of one of the comments, such as `@since`. */
export const tagOf = (entry: Entry, tag: "@since" | "@category"): string | undefined => {
  for (const comment of entry.comments) {
    const text = comment.getTag(tag)?.content.map((part) => part.text).join("").trim()
    if (text) return text
  }
  return undefined
}
