/** The commands for items of several tables, all or none. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault } from "../engine/service.ts"
import { idempotent } from "../support/idempotency.ts"
import { isFault } from "../wire/fault.ts"
import { checkMetrics, consumed, readUnits, writeUnits } from "./capacity.ts"
import { findItem, keyText, readKey } from "./keys.ts"
import { placeholders, Reader } from "./lexer.ts"
import { project, readProjection } from "./paths.ts"
import * as Dynamo from "./state.ts"
import { type Item, itemSize, validation } from "./values.ts"
import * as Writes from "./writes.ts"

/** AWS remembers the token of a request for ten minutes. */
const TOKEN = 600_000

/** The most bytes of the items of a transaction. */
const LARGEST = 4 * 1024 * 1024

const required = { required: true } as const
const list = { required: true, min: 1, max: 100 } as const
const onFailure = { enum: ["ALL_OLD", "NONE"] } as const
const keyed = { TableName: Dynamo.TableName, Key: required } as const
const written = { TableName: Dynamo.TableName, ReturnValuesOnConditionCheckFailure: onFailure } as const

const writes = {
  ...list,
  members: {
    ConditionCheck: { members: { ...written, Key: required, ConditionExpression: required } },
    Put: { members: { ...written, Item: required } },
    Delete: { members: { ...written, Key: required } },
    Update: { members: { ...written, Key: required, UpdateExpression: required } }
  }
} as const

const gets = { ...list, members: { Get: { required: true, members: keyed } } } as const

const cancelled = (reasons: ReadonlyArray<sdk.CancellationReason>) =>
  new Fault({
    code: "TransactionCanceledException",
    message: "Transaction cancelled, please refer cancellation reasons for specific reasons [" +
      `${reasons.map(({ Code }) => Code).join(", ")}]`,
    members: { CancellationReasons: reasons }
  })

const none: sdk.CancellationReason = { Code: "None" }

/** Why a fault cancels a transaction; `undefined` for a fault that refuses the request. */
const reasonOf = ({ code, members, message: Message }: Fault): sdk.CancellationReason | undefined =>
  code === "ConditionalCheckFailedException"
    ? { Code: "ConditionalCheckFailed", Message, ...members }
    : code === "ValidationException"
    ? { Code: "ValidationError", Message }
    : undefined

/** Runs every action, and gathers why the transaction is cancelled. */
const gather = <A, B>(actions: ReadonlyArray<A>, run: (action: A) => B): ReadonlyArray<B> => {
  const reasons: Array<sdk.CancellationReason> = []
  const results = actions.flatMap((action) => {
    try {
      const result = run(action)
      reasons.push(none)
      return [result]
    } catch (error) {
      const reason = isFault(error) ? reasonOf(error) : undefined
      if (reason === undefined) throw error
      reasons.push(reason)
      return []
    }
  })
  if (results.length < actions.length) throw cancelled(reasons)
  return results
}

const checkDistinct = (actions: ReadonlyArray<{ readonly table: Dynamo.Table; readonly key: Item }>): void => {
  const keys = actions.map(({ key, table }) => `${table.name} ${keyText(table, key)}`)
  if (new Set(keys).size < keys.length) {
    throw validation("Transaction request cannot include multiple operations on one item")
  }
}

const checkSize = (items: ReadonlyArray<Item | undefined>): void => {
  const size = items.reduce((sum, item) => sum + (item === undefined ? 0 : itemSize(item)), 0)
  if (size > LARGEST) {
    throw validation("Transaction request exceeded the size limit: the aggregate size of the items cannot exceed 4MB")
  }
}

const kinds = {
  ConditionCheck: Writes.checkOf,
  Put: Writes.putOf,
  Delete: Writes.deleteOf,
  Update: Writes.updateOf
} as const

const actionOf = (action: sdk.TransactWriteItem, request: Dynamo.Request) => {
  const { ConditionCheck, Delete, Put, Update } = action
  const given = Object.entries({ ConditionCheck, Put, Delete, Update }).filter(([, one]) => one !== undefined)
  if (given.length !== 1) {
    throw validation(
      "TransactItems can only contain one of Check, Put, Update or Delete"
    )
  }
  const [kind, input] = given[0] as [keyof typeof kinds, sdk.Update & sdk.Put]
  return { write: kinds[kind](input, request), returns: input.ReturnValuesOnConditionCheckFailure }
}

const capacities = (
  asked: string | undefined,
  units: ReadonlyArray<readonly [table: Dynamo.Table, units: number]>
): Array<sdk.ConsumedCapacity> | undefined => {
  const tables = new Map<Dynamo.Table, number>()
  // A transaction takes twice the units: one to prepare, one to commit.
  for (const [table, one] of units) tables.set(table, (tables.get(table) ?? 0) + 2 * one)
  const all = [...tables].flatMap(([table, sum]) => consumed(table, asked, sum) ?? [])
  return all.length === 0 ? undefined : all
}

/** What a request asks for, and the changes that it makes. */
const plan = Dynamo.handler(
  {
    TransactItems: writes,
    ClientRequestToken: { min: 1, max: 36 },
    ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
    ReturnItemCollectionMetrics: { enum: ["SIZE", "NONE"] }
  },
  (input: sdk.TransactWriteItemsCommandInput, request) => {
    const { ReturnConsumedCapacity, ReturnItemCollectionMetrics } = input
    const actions = input.TransactItems!.map((action) => actionOf(action, request))
    checkDistinct(actions.map(({ write }) => write))
    for (const { write } of actions) checkMetrics(write.table, ReturnItemCollectionMetrics)
    return () => {
      const changes = gather(actions, ({ returns, write }) => {
        const { after, before, isTrue } = Writes.changeOf(write)
        if (!isTrue) throw Writes.conditionFailed(returns === "ALL_OLD" ? before : undefined)
        return { after, before, write }
      })
      checkSize(changes.map(({ after }) => after))
      for (const { after, before, write } of changes) if (after !== before) Writes.keep(write, after, request.context)
      return {
        ConsumedCapacity: capacities(
          ReturnConsumedCapacity,
          changes.map(({ after, before, write }) => [
            write.table,
            writeUnits(Math.max(...[before, after].map((item) => item === undefined ? 0 : itemSize(item))))
          ])
        )
      }
    }
  }
)

export const transactions: Dynamo.DynamoHandlers = {
  TransactWriteItems: (input, state, context) =>
    Effect.flatMap(plan(input, state, context), (write) =>
      idempotent(state.transactions, {
        token: input.ClientRequestToken,
        request: canonical(input, ["ClientRequestToken", "ReturnConsumedCapacity"]),
        lifetime: TOKEN,
        mismatch: new Fault({
          code: "IdempotentParameterMismatchException",
          message: "The request used the same client token as a previous request, but with different parameters"
        })
      }, Dynamo.attempt(write))),

  TransactGetItems: Dynamo.handler(
    { TransactItems: gets, ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity },
    (input: sdk.TransactGetItemsCommandInput, request) => {
      const asked = input.TransactItems!.map(({ Get }) => {
        const get = Get!
        const { Key, ProjectionExpression: projection, TableName } = get
        const names = placeholders(get, { ProjectionExpression: projection })
        const paths = projection === undefined
          ? undefined
          : readProjection(new Reader("ProjectionExpression", projection, names))
        names.end()
        const table = Dynamo.tableOf(TableName!, request)
        return { table, key: readKey(table, Key!), paths }
      })
      checkDistinct(asked)
      const found = asked.map(({ key, paths, table }) => ({ table, paths, item: findItem(table, key) }))
      checkSize(found.map(({ item }) => item))
      return {
        Responses: found.map(({ item, paths }) =>
          item === undefined ? {} : { Item: paths === undefined ? item : project(item, paths) }
        ),
        ConsumedCapacity: capacities(
          input.ReturnConsumedCapacity,
          found.map(({ item, table }) => [table, readUnits(item === undefined ? 0 : itemSize(item), true)])
        )
      }
    }
  )
}
