/** The commands for one item. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { checkMetrics, consumed, readUnits, writeUnits } from "./capacity.ts"
import { findItem, readKey } from "./keys.ts"
import { placeholders, Reader } from "./lexer.ts"
import { project, readProjection } from "./paths.ts"
import * as Dynamo from "./state.ts"
import { type Item, itemSize, validation } from "./values.ts"
import * as Writes from "./writes.ts"

const required = { required: true } as const
const ReturnValues = { enum: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] } as const
const ReturnItemCollectionMetrics = { enum: ["SIZE", "NONE"] } as const
const OnFailure = { enum: ["ALL_OLD", "NONE"] } as const

/** PutItem and DeleteItem have only the old item to return. */
const checkReturn = (asked: string | undefined): void => {
  if (asked !== undefined && asked !== "NONE" && asked !== "ALL_OLD") {
    throw validation("Return values set to invalid value")
  }
}

const sizeOfBoth = (...items: ReadonlyArray<Item | undefined>): number =>
  Math.max(...items.map((item) => item === undefined ? 0 : itemSize(item)))

export const items: Dynamo.DynamoHandlers = {
  PutItem: Dynamo.handler(
    {
      TableName: Dynamo.TableName,
      Item: required,
      ReturnValues,
      ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
      ReturnItemCollectionMetrics,
      ReturnValuesOnConditionCheckFailure: OnFailure
    },
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
          writeUnits(sizeOfBoth(made.before, made.after))
        )
      }
    }
  ),

  DeleteItem: Dynamo.handler(
    {
      TableName: Dynamo.TableName,
      Key: required,
      ReturnValues,
      ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
      ReturnItemCollectionMetrics,
      ReturnValuesOnConditionCheckFailure: OnFailure
    },
    (input: sdk.DeleteItemCommandInput, request) => {
      checkReturn(input.ReturnValues)
      const write = Writes.deleteOf(input, request)
      checkMetrics(write.table, input.ReturnItemCollectionMetrics)
      const made = Writes.make(write, input.ReturnValuesOnConditionCheckFailure, request)
      return {
        Attributes: Writes.returned(input.ReturnValues, made),
        ConsumedCapacity: consumed(write.table, input.ReturnConsumedCapacity, writeUnits(sizeOfBoth(made.before)))
      }
    }
  ),

  UpdateItem: Dynamo.handler(
    {
      TableName: Dynamo.TableName,
      Key: required,
      ReturnValues,
      ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity,
      ReturnItemCollectionMetrics,
      ReturnValuesOnConditionCheckFailure: OnFailure
    },
    (input: sdk.UpdateItemCommandInput, request) => {
      const write = Writes.updateOf(input, request)
      checkMetrics(write.table, input.ReturnItemCollectionMetrics)
      const made = Writes.make(write, input.ReturnValuesOnConditionCheckFailure, request)
      return {
        Attributes: Writes.returned(input.ReturnValues, made, write.touched),
        ConsumedCapacity: consumed(
          write.table,
          input.ReturnConsumedCapacity,
          writeUnits(sizeOfBoth(made.before, made.after))
        )
      }
    }
  ),

  GetItem: Dynamo.handler(
    { TableName: Dynamo.TableName, Key: required, ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity },
    (input: sdk.GetItemCommandInput, request) => {
      const { ConsistentRead = false, ProjectionExpression: projection } = input
      const names = placeholders(input, { ProjectionExpression: projection })
      const paths = projection === undefined
        ? undefined
        : readProjection(new Reader("ProjectionExpression", projection, names))
      names.end()
      const table = Dynamo.tableOf(input.TableName!, request)
      const item = findItem(table, readKey(table, input.Key!))
      return {
        Item: item === undefined ? undefined : paths ? project(item, paths) : item,
        ConsumedCapacity: consumed(
          table,
          input.ReturnConsumedCapacity,
          readUnits(item === undefined ? 0 : itemSize(item), ConsistentRead)
        )
      }
    }
  )
}
