import type { Shape } from "./sdk.ts"

/** An operation of a service, by the parts of its schema. */
export interface Operation {
  readonly name: string
  /** Where a REST protocol has it; absent from the operations of other protocols. */
  readonly http: { readonly method: string; readonly uri: string; readonly status: number } | undefined
  readonly input: Shape
  readonly output: Shape
}
