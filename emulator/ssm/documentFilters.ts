/** The filters of ListDocuments. */
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { latest } from "./documents.ts"
import { platformsOf } from "./outline.ts"
import type { Document } from "./state.ts"

interface Filter {
  readonly key: string
  readonly values: ReadonlyArray<string>
}

type Test = (document: Document, value: string, account: string) => boolean

const owners: Readonly<Record<string, Test>> = {
  All: () => true,
  Amazon: ({ owner }) => owner === "Amazon",
  Private: ({ owner, shared }, _, account) => owner !== account && owner !== "Amazon" && !shared.includes("all"),
  Public: ({ owner, shared }, _, account) => owner === "Amazon" || (owner !== account && shared.includes("all")),
  Self: ({ owner }, _, account) => owner === account,
  ThirdParty: () => false
}

const tests: Readonly<Record<string, Test>> = {
  DocumentType: ({ type }, value) => type === value,
  Name: ({ name }, value) => name.startsWith(value),
  Owner: (document, value, account) => (owners[value] ?? (({ owner }) => owner === value))(document, value, account),
  PlatformTypes: (document, value) => platformsOf(latest(document).outline).some((one) => one === value),
  SchemaVersion: (document, value) => latest(document).outline.schemaVersion === value,
  SearchKeyword: ({ name, tags }, value) =>
    name.toLowerCase().includes(value.toLowerCase()) ||
    tags.some(({ Key = "", Value = "" }) => `${Key} ${Value}`.toLowerCase().includes(value.toLowerCase())),
  TargetType: (document, value) => latest(document).targetType === value
}

const testOf = (key: string): Test | undefined => {
  if (Object.hasOwn(tests, key)) return tests[key]
  if (!key.startsWith("tag:")) return undefined
  return ({ tags }, value) => tags.some(({ Key, Value }) => Key === key.slice(4) && Value === value)
}

/** The documents that match each filter with one of its values. */
export const selectedBy = Effect.fnUntraced(function*(
  documents: ReadonlyArray<Document>,
  filters: ReadonlyArray<Filter>,
  { account }: HandlerContext
) {
  let left = documents
  for (const { key, values } of filters) {
    const test = testOf(key)
    if (test === undefined) {
      return yield* new Fault({ code: "InvalidFilterKey", message: `The specified key isn't valid: ${key}.` })
    }
    left = left.filter((document) => values.some((value) => test(document, value, account)))
  }
  return left
})
