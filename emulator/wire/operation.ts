import type { Shape } from "./sdk.ts"

/** An operation of a service, by the parts of its schema. */
export interface Operation {
  readonly name: string
  /** The method, path and status in a REST protocol. Absent in other protocols. */
  readonly http: { readonly method: string; readonly uri: string; readonly status: number } | undefined
  readonly input: Shape
  readonly output: Shape
}
