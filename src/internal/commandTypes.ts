import type { CommandIO } from "@smithy/types"

/** Whether two types are identical, which is stricter than assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false

/**
 * The output of a command.
 *
 * @category type-level
 * @since 0.1.0
 */
export type OutputOf<C> = C extends CommandIO<any, infer Output> ? Output : never

/**
 * The input of a command.
 *
 * @category type-level
 * @since 0.1.0
 */
export type InputOf<C> = C extends CommandIO<infer Input, any> ? Input : never

/**
 * The codes that AWS documents for a command; `string` where it documents none.
 *
 * `Table` is a union of pairs, a command and its codes, as in `errors/codes/`. Commands whose inputs and outputs are the
 * same share their codes.
 *
 * @category type-level
 * @since 0.1.0
 */
export type CodesOf<Table, C> = [Lookup<Table, C>] extends [never] ? string : Lookup<Table, C>

type Lookup<Table, C> = Table extends readonly [infer Known, infer Code extends string]
  ? Same<Known, C> extends true ? Code : never
  : never
