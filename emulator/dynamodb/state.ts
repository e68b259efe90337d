/** In-memory DynamoDB: the state, and what its commands share (faults, requests, tables). */
import type * as sdk from "@aws-sdk/client-dynamodb"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { Unsupported } from "../engine/unsupported.ts"
import { checker, type Rules } from "../support/constraints.ts"
import type { Tokens } from "../support/idempotency.ts"
import { isFault } from "../wire/fault.ts"
import { type Item, validation, type Value } from "./values.ts"

export type DynamoHandlers = Handlers<typeof sdk, State>

export type KeyType = "S" | "N" | "B"

export interface KeyAttribute {
  readonly name: string
  readonly type: KeyType
}

export interface Keys {
  readonly hash: KeyAttribute
  readonly range: KeyAttribute | undefined
}

export interface Index extends Keys {
  readonly name: string
  readonly isGlobal: boolean
  readonly projection: "ALL" | "KEYS_ONLY" | "INCLUDE"
  /** The attributes beside the keys, with the projection INCLUDE. */
  readonly included: ReadonlyArray<string>
  readonly throughput: Throughput | undefined
}

export interface Throughput {
  readonly ReadCapacityUnits: number
  readonly WriteCapacityUnits: number
}

/** The items with the same partition key, by their sort key. */
export interface Partition {
  readonly hash: Value
  /** Where a scan comes to it. */
  readonly order: string
  readonly items: Array<Item>
}

export interface TimeToLive {
  readonly attribute: string
  readonly isEnabled: boolean
  /** When the change has been made everywhere. Another one isn't allowed before. */
  readonly doneAt: number
}

export interface Table {
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly created: Date
  readonly keys: Keys
  readonly attributes: ReadonlyArray<KeyAttribute>
  readonly indexes: ReadonlyArray<Index>
  /** When it is active, or active again. */
  activeAt: number
  status: "CREATING" | "UPDATING" | "DELETING"
  billing: "PROVISIONED" | "PAY_PER_REQUEST"
  throughput: Throughput | undefined
  tableClass: string | undefined
  isProtected: boolean
  /** When it was last switched to on-demand. */
  onDemandSince: Date | undefined
  tags: ReadonlyArray<sdk.Tag>
  ttl: TimeToLive | undefined
  /** Before this time, no item expires. */
  nextExpiry: number
  /** When items were last looked through for those that have expired. */
  sweptAt: number
  readonly partitions: Map<string, Partition>
}

export interface State {
  readonly tables: Map<string, Table>
  readonly transactions: Tokens<object>
}

export const empty = (): State => ({ tables: new Map(), transactions: new Map() })

// Faults

export const inUse = (message: string) => new Fault({ code: "ResourceInUseException", message })
export const notFound = (message: string) => new Fault({ code: "ResourceNotFoundException", message })
export const noResource = notFound("Requested resource not found")
export const invalid = (what: string) => validation(`One or more parameter values were invalid: ${what}`)

// Requests

export interface Request {
  readonly state: State
  readonly context: HandlerContext
  readonly now: number
}

const check = checker({ code: "ValidationException" })

/** Runs a function that throws faults. */
export const attempt = <A>(run: () => A): Effect.Effect<A, Fault> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (error) {
      return isFault(error) ? Effect.fail(error) : Effect.die(error)
    }
  })

/** A handler as a function that throws faults. The constraints are checked before it. */
export const handler = <I extends object, O>(rules: Rules<I>, answer: (input: I, request: Request) => O) =>
(
  input: I,
  state: State,
  context: HandlerContext
): Effect.Effect<O, Fault> =>
  Effect.gen(function*() {
    yield* check(input, rules)
    const now = yield* Clock.currentTimeMillis
    return yield* attempt(() => answer(input, { state, context, now }))
  })

/** Refuses a member that AWS keeps for old programs: an expression does the same. */
export const refuseLegacy = (member: string | undefined): void => {
  if (member !== undefined) throw new Unsupported(`The in-memory DynamoDB doesn't have the legacy parameter ${member}.`)
}

export const TableName = { required: true, min: 1, max: 1024 } as const
export const ReturnItemCollectionMetrics = { enum: ["SIZE", "NONE"] } as const
export const ReturnValuesOnConditionCheckFailure = { enum: ["ALL_OLD", "NONE"] } as const
export const ReturnConsumedCapacity = { enum: ["INDEXES", "TOTAL", "NONE"] } as const

// Tables

/** AWS takes two days at most to delete items that have expired. Here, it takes just that long. */
const EXPIRY = 2 * 24 * 3_600_000

/** Items that expired longer ago than this aren't deleted. */
const TOO_OLD = 5 * 365 * 24 * 3_600_000

/** When an item is deleted because it has expired. */
export const deletedAt = (table: Table, item: Item, context: HandlerContext): number => {
  const { ttl } = table
  if (ttl === undefined || !ttl.isEnabled) return Infinity
  const seconds = Object.hasOwn(item, ttl.attribute) ? Number(item[ttl.attribute]!.N) : NaN
  if (Number.isNaN(seconds)) return Infinity
  return Math.max(seconds * 1000 + context.takes(EXPIRY), ttl.doneAt)
}

const expire = (table: Table, { context, now }: Request): void => {
  const { sweptAt, ttl } = table
  if (ttl === undefined || now < table.nextExpiry) return
  table.nextExpiry = Infinity
  table.sweptAt = now
  for (const [key, { items }] of table.partitions) {
    for (let i = items.length - 1; i >= 0; i--) {
      const at = deletedAt(table, items[i]!, context)
      if (at > now) {
        table.nextExpiry = Math.min(table.nextExpiry, at)
        continue
      }
      // What was due at the last time and is still there was too old when it was written.
      const dueAt = at > sweptAt ? at : now
      if (Number(items[i]![ttl.attribute]!.N) * 1000 >= dueAt - TOO_OLD) items.splice(i, 1)
    }
    if (items.length === 0) table.partitions.delete(key)
  }
}

export const statusOf = (table: Table, now: number): sdk.TableStatus => now < table.activeAt ? table.status : "ACTIVE"

/** The name in a name or an ARN of a table. */
const nameOf = (id: string): string => /^arn:[^:]+:dynamodb:[^:]*:\d*:table\/([^/]+)$/.exec(id)?.[1] ?? id

/** The tables that there are now. */
export const tablesOf = ({ now, state: { tables } }: Request): ReadonlyMap<string, Table> => {
  for (const [name, { activeAt, status }] of tables) {
    if (status === "DELETING" && activeAt <= now) tables.delete(name)
  }
  return tables
}

/** The table of a command that describes or changes tables. */
export const describedTable = (id: string, request: Request): Table => {
  const name = nameOf(id)
  const table = tablesOf(request).get(name)
  if (table === undefined) throw notFound(`Requested resource not found: Table: ${name} not found`)
  expire(table, request)
  return table
}

/** The table of a command that reads or writes items. It has to be active, or being updated. */
export const tableOf = (id: string, request: Request): Table => {
  const table = tablesOf(request).get(nameOf(id))
  if (table === undefined) throw noResource
  const status = statusOf(table, request.now)
  if (status !== "ACTIVE" && status !== "UPDATING") throw noResource
  expire(table, request)
  return table
}
