/** The commands for items of several tables, each on its own. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { checkMetrics, consumed, readUnits, writeUnits } from "./capacity.ts"
import { findItem, keyText, readKey } from "./keys.ts"
import { project, projectionOf } from "./paths.ts"
import * as Dynamo from "./state.ts"
import { type Item, itemSize, validation } from "./values.ts"
import * as Writes from "./writes.ts"

const MOST_READS = 100
const MOST_WRITES = 25
/** The most bytes in an answer. */
const LARGEST = 16 * 1024 * 1024

const checkNotEmpty = (requests: object | undefined): void => {
  if (Object.keys(requests ?? {}).length === 0) {
    throw validation(
      "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length " +
        "greater than or equal to 1"
    )
  }
}

/** The shared check of an input doesn't look into a map. */
const missing = (member: string) =>
  validation(
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
  )

const duplicates = validation("Provided list of item keys contains duplicates")

const checkDistinct = (table: Dynamo.Table, keys: ReadonlyArray<Item>): void => {
  if (new Set(keys.map((key) => keyText(table, key))).size < keys.length) throw duplicates
}

const onlyMembers = (value: object, known: ReadonlyArray<string>): string | undefined =>
  Object.entries(value).find(([name, member]) => member !== undefined && !known.includes(name))?.[0]

export const batches: Dynamo.DynamoHandlers = {
  BatchGetItem: Dynamo.handler(
    { RequestItems: { required: true }, ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity },
    (input: sdk.BatchGetItemCommandInput, request) => {
      const { RequestItems, ReturnConsumedCapacity } = input
      checkNotEmpty(RequestItems)
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
        if (Keys === undefined) throw missing(`requestItems.${id}.member.keys`)
        if (Keys.length === 0) {
          throw validation(
            `1 validation error detected: Value '[]' at 'requestItems.${id}.member.keys' failed to satisfy constraint: ` +
              "Member must have length greater than or equal to 1"
          )
        }
        const paths = projectionOf(asked)
        const table = Dynamo.tableOf(id, request)
        const keys = Keys.map((key) => readKey(table, key))
        checkDistinct(table, keys)
        return { id, asked, table, keys, paths, ConsistentRead }
      })
      const Responses: Record<string, Array<Item>> = {}
      const UnprocessedKeys: Record<string, sdk.KeysAndAttributes> = {}
      const ConsumedCapacity: Array<sdk.ConsumedCapacity> = []
      let bytes = 0
      for (const { asked, ConsistentRead, id, keys, paths, table } of plans) {
        const found: Array<Item> = Responses[id] = []
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
        if (left.length > 0) UnprocessedKeys[id] = { ...asked, Keys: left }
        const capacity = consumed(table, ReturnConsumedCapacity, units)
        if (capacity !== undefined) ConsumedCapacity.push(capacity)
      }
      return {
        Responses,
        UnprocessedKeys,
        ConsumedCapacity: ConsumedCapacity.length === 0 ? undefined : ConsumedCapacity
      }
    }
  ),

  BatchWriteItem: Dynamo.handler(
    {
      RequestItems: { required: true },
      ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
      ReturnItemCollectionMetrics: Dynamo.ReturnItemCollectionMetrics
    },
    (input: sdk.BatchWriteItemCommandInput, request) => {
      const { RequestItems, ReturnConsumedCapacity, ReturnItemCollectionMetrics } = input
      checkNotEmpty(RequestItems)
      const requests = Object.entries(RequestItems!)
      const count = requests.reduce((sum, [, writes]) => sum + writes.length, 0)
      if (count > MOST_WRITES) throw validation("Too many items requested for the BatchWriteItem call")
      const plans = requests.map(([id, asked]) => {
        if (asked.length === 0) {
          throw validation(
            `1 validation error detected: Value '[]' at 'requestItems.${id}.member' failed to satisfy constraint: Member ` +
              "must have length greater than or equal to 1"
          )
        }
        const writes = asked.map(({ DeleteRequest, PutRequest }, i) => {
          if ((DeleteRequest === undefined) === (PutRequest === undefined)) {
            throw validation(
              "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
            )
          }
          const member = `requestItems.${id}.member.${i + 1}.member`
          if (PutRequest === undefined) {
            const { Key } = DeleteRequest!
            if (Key === undefined) throw missing(`${member}.deleteRequest.key`)
            return Writes.deleteOf({ TableName: id, Key }, request)
          }
          const { Item } = PutRequest
          if (Item === undefined) throw missing(`${member}.putRequest.item`)
          return Writes.putOf({ TableName: id, Item }, request)
        })
        const { table } = writes[0]!
        checkMetrics(table, ReturnItemCollectionMetrics)
        checkDistinct(table, writes.map(({ key }) => key))
        return { table, writes }
      })
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
