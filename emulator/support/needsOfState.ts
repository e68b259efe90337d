/** Permissions that depend on what a request means in the state, and what tables of permissions share. */
import type { CommandIO, MetadataBearer } from "@smithy/types"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { requestTags } from "./needs.ts"

export { given as values } from "./needs.ts"

export type StateRules<Module, S> = {
  readonly [K in keyof Module as K extends `${infer Operation}Command` ? Operation : never]?: Module[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, infer _O extends MetadataBearer>
    ? (input: I, place: Place, state: S) => ReadonlyArray<Need>
    : never
}

/**
 * Defines a table for operations whose resources only the state tells: `needsOfState<typeof sdk, State>(empty, { … })`. Nobody has the
 * state of a call that was made long ago: its needs are those in an empty state.
 */
export const needsOfState = <Module, S>(
  empty: () => S,
  rules: StateRules<Module, S>
): Authorization<S>["needs"] =>
  Object.fromEntries(
    Object.entries(rules).map(([operation, rule]) => [
      operation,
      (input: object, place: Place, state?: S) =>
        (rule as (input: object, place: Place, state: S) => ReadonlyArray<Need>)(input, place, state ?? empty())
    ])
  )

/** A tag as most services have it. */
export interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** The values of `aws:RequestTag/…` and `aws:TagKeys`, for tags as most services have them. */
export const tagValues = (tags: ReadonlyArray<Tag> = []): ConditionValues =>
  requestTags(tags.map(({ Key, Value }) => [Key, Value]))

/** The tags of a resource by key. */
export const tagRecord = (tags: ReadonlyArray<Tag> | undefined): Readonly<Record<string, string>> | undefined =>
  tags === undefined ? undefined : Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]))
