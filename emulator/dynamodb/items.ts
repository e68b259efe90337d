/** The commands for one item. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { checkMetrics, consumed, readUnits, writeUnits } from "./capacity.ts"
import { findItem, readKey } from "./keys.ts"
import { project, projectionOf } from "./paths.ts"
import * as Dynamo from "./state.ts"
import { itemSize, validation } from "./values.ts"
import * as Writes from "./writes.ts"

const required = { required: true } as const

/** PutItem and DeleteItem have only the old item to return. */
const checkReturn = (asked: string | undefined): void => {
  if (asked !== undefined && asked !== "NONE" && asked !== "ALL_OLD") {
    throw validation("Return values set to invalid value")
  }
}

/** What the commands that change an item have in common. */
const writeRules = {
  TableName: Dynamo.TableName,
  ReturnValues: { enum: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] },
  ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
  ReturnItemCollectionMetrics: Dynamo.ReturnItemCollectionMetrics,
  ReturnValuesOnConditionCheckFailure: Dynamo.ReturnValuesOnConditionCheckFailure
} as const

export const items: Dynamo.DynamoHandlers = {
  PutItem: Dynamo.handler(
    { ...writeRules, Item: required },
    (input: sdk.PutItemCommandInput, request) => {
      checkReturn(input.ReturnValues)
      const write = Writes.putOf(input, request)
      checkMetrics(write.table, input.ReturnItemCollectionMetrics)
      const made = Writes.make(write, input.ReturnValuesOnConditionCheckFailure, request)
      return {
        Attributes: Writes.returned(input.ReturnValues, made),
        ConsumedCapacity: consumed(
          write.table,
          input.ReturnConsumedCapacity,
          writeUnits(made.before, made.after)
        )
      }
    }
  ),

  DeleteItem: Dynamo.handler(
    { ...writeRules, Key: required },
    (input: sdk.DeleteItemCommandInput, request) => {
      checkReturn(input.ReturnValues)
      const write = Writes.deleteOf(input, request)
      checkMetrics(write.table, input.ReturnItemCollectionMetrics)
      const made = Writes.make(write, input.ReturnValuesOnConditionCheckFailure, request)
      return {
        Attributes: Writes.returned(input.ReturnValues, made),
        ConsumedCapacity: consumed(write.table, input.ReturnConsumedCapacity, writeUnits(made.before))
      }
    }
  ),

  UpdateItem: Dynamo.handler(
    { ...writeRules, Key: required },
    (input: sdk.UpdateItemCommandInput, request) => {
      const write = Writes.updateOf(input, request)
      checkMetrics(write.table, input.ReturnItemCollectionMetrics)
      const made = Writes.make(write, input.ReturnValuesOnConditionCheckFailure, request)
      return {
        Attributes: Writes.returned(input.ReturnValues, made, write.touched),
        ConsumedCapacity: consumed(
          write.table,
          input.ReturnConsumedCapacity,
          writeUnits(made.before, made.after)
        )
      }
    }
  ),

  GetItem: Dynamo.handler(
    { TableName: Dynamo.TableName, Key: required, ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity },
    (input: sdk.GetItemCommandInput, request) => {
      const { ConsistentRead = false } = input
      const paths = projectionOf(input)
      const table = Dynamo.tableOf(input.TableName!, request)
      const item = findItem(table, readKey(table, input.Key!))
      return {
        Item: item === undefined ? undefined : paths === undefined ? item : project(item, paths),
        ConsumedCapacity: consumed(
          table,
          input.ReturnConsumedCapacity,
          readUnits(item === undefined ? 0 : itemSize(item), ConsistentRead)
        )
      }
    }
  )
}
