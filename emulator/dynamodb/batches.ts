/** The commands for items of several tables, each on its own. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { checkMetrics, consumed, readUnits, writeUnits } from "./capacity.ts"
import { findItem, keyText, readKey } from "./keys.ts"
import { project, projectionOf } from "./paths.ts"
import * as Dynamo from "./state.ts"
import { type Item, itemSize, validation } from "./values.ts"
import * as Writes from "./writes.ts"

const required = { required: true } as const

const MOST_READS = 100
const MOST_WRITES = 25
/** The most bytes in an answer. */
const LARGEST = 16 * 1024 * 1024

const duplicates = validation("Provided list of item keys contains duplicates")

/** A request may name the same table by its name and by its ARN. */
const checkDistinct = (asked: ReadonlyArray<{ readonly table: Dynamo.Table; readonly key: Item }>): void => {
  const keys = asked.map(({ key, table }) => `${table.name} ${keyText(table, key)}`)
  if (new Set(keys).size < keys.length) throw duplicates
}

const onlyMembers = (value: object, known: ReadonlyArray<string>): string | undefined =>
  Object.entries(value).find(([name, member]) => member !== undefined && !known.includes(name))?.[0]

export const batches: Dynamo.DynamoHandlers = {
  BatchGetItem: Dynamo.handler(
    {
      RequestItems: { required: true, min: 1, values: { members: { Keys: { required: true, min: 1 } } } },
      ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity
    },
    (input: sdk.BatchGetItemCommandInput, request) => {
      const { RequestItems, ReturnConsumedCapacity } = input
      const requests = Object.entries(RequestItems!)
      const count = requests.reduce((sum, [, { Keys = [] }]) => sum + Keys.length, 0)
      if (count > MOST_READS) throw validation("Too many items requested for the BatchGetItem call")
      const plans = requests.map(([id, asked]) => {
        const { ConsistentRead = false, Keys } = asked
        Dynamo.refuseLegacy(onlyMembers(asked, [
          "ConsistentRead",
          "Keys",
          "ProjectionExpression",
          "ExpressionAttributeNames"
        ]))
        const paths = projectionOf(asked)
        const table = Dynamo.tableOf(id, request)
        const keys = Keys!.map((key) => readKey(table, key))
        return { id, asked, table, keys, paths, ConsistentRead }
      })
      checkDistinct(plans.flatMap(({ keys, table }) => keys.map((key) => ({ table, key }))))
      // A table may be called `__proto__`.
      const Responses = new Map<string, Array<Item>>()
      const UnprocessedKeys = new Map<string, sdk.KeysAndAttributes>()
      const ConsumedCapacity: Array<sdk.ConsumedCapacity> = []
      let bytes = 0
      for (const { asked, ConsistentRead, id, keys, paths, table } of plans) {
        const found: Array<Item> = []
        const left: Array<Item> = []
        let units = 0
        for (const key of keys) {
          const item = findItem(table, key)
          const size = item === undefined ? 0 : itemSize(item)
          if (bytes + size > LARGEST) {
            left.push(key)
            continue
          }
          bytes += size
          units += readUnits(size, ConsistentRead)
          if (item !== undefined) found.push(paths === undefined ? item : project(item, paths))
        }
        Responses.set(id, found)
        if (left.length > 0) UnprocessedKeys.set(id, { ...asked, Keys: left })
        const capacity = consumed(table, ReturnConsumedCapacity, units)
        if (capacity !== undefined) ConsumedCapacity.push(capacity)
      }
      return {
        Responses: Object.fromEntries(Responses),
        UnprocessedKeys: Object.fromEntries(UnprocessedKeys),
        ConsumedCapacity: ConsumedCapacity.length === 0 ? undefined : ConsumedCapacity
      }
    }
  ),

  BatchWriteItem: Dynamo.handler(
    {
      RequestItems: {
        required: true,
        min: 1,
        values: {
          min: 1,
          members: { PutRequest: { members: { Item: required } }, DeleteRequest: { members: { Key: required } } }
        }
      },
      ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
      ReturnItemCollectionMetrics: Dynamo.ReturnItemCollectionMetrics
    },
    (input: sdk.BatchWriteItemCommandInput, request) => {
      const { RequestItems, ReturnConsumedCapacity, ReturnItemCollectionMetrics } = input
      const requests = Object.entries(RequestItems!)
      const count = requests.reduce((sum, [, writes]) => sum + writes.length, 0)
      if (count > MOST_WRITES) throw validation("Too many items requested for the BatchWriteItem call")
      const plans = requests.map(([id, asked]) => {
        const writes = asked.map(({ DeleteRequest, PutRequest }) => {
          if ((DeleteRequest === undefined) === (PutRequest === undefined)) {
            throw validation(
              "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
            )
          }
          return PutRequest === undefined
            ? Writes.deleteOf({ TableName: id, Key: DeleteRequest!.Key! }, request)
            : Writes.putOf({ TableName: id, Item: PutRequest.Item! }, request)
        })
        const { table } = writes[0]!
        checkMetrics(table, ReturnItemCollectionMetrics)
        return { table, writes }
      })
      checkDistinct(plans.flatMap(({ writes }) => writes))
      const ConsumedCapacity = plans.flatMap(({ table, writes }) => {
        const units = writes.map((write) => {
          const { after, before } = Writes.make(write, undefined, request)
          return writeUnits(before, after)
        })
        return consumed(table, ReturnConsumedCapacity, units.reduce((sum, one) => sum + one, 0)) ?? []
      })
      return { UnprocessedItems: {}, ConsumedCapacity: ConsumedCapacity.length === 0 ? undefined : ConsumedCapacity }
    }
  )
}
