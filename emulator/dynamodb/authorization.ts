/** In-memory DynamoDB: the permissions that calls need. Calls with many items need one for each table or item. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { needs } from "../support/needs.ts"
import { needsOfState, tagRecord, tagValues, values } from "../support/needsOfState.ts"
import { batchReadKeys, batchWriteKeys, type Input, readKeys, writeKeys } from "./authorizationKeys.ts"
import { empty, type State } from "./state.ts"

const tableArn = (table: string, { account, partition, region }: Place): string =>
  parseArn(table) === undefined ? `arn:${partition}:dynamodb:${region}:${account}:table/${table}` : table

const onTable = (
  action: string,
  { IndexName, TableName = "*" }: Pick<Input, "IndexName" | "TableName">,
  place: Place,
  keys: ConditionValues
): Need => ({
  action: `dynamodb:${action}`,
  resource: tableArn(TableName, place) + (IndexName === undefined ? "" : `/index/${IndexName}`),
  keys
})

const reads = (action: string) => (input: Input, place: Place, state: State) => [
  onTable(action, input, place, readKeys(input, state))
]

const writes = (action: string) => (input: Input, place: Place, state: State) => [
  onTable(action, input, place, writeKeys(input, state))
]

/** The actions of the parts of a transaction. */
const actions = { ConditionCheck: "ConditionCheckItem", Delete: "DeleteItem", Put: "PutItem", Update: "UpdateItem" }

const capacityOf = ({ "dynamodb:returnvalues": _returned, ...keys }: ConditionValues, input: Input) => ({
  ...keys,
  "dynamodb:returnconsumedcapacity": [input.ReturnConsumedCapacity ?? "NONE"]
})

const items = needsOfState<typeof sdk, State>(empty, {
  GetItem: reads("GetItem"),
  Query: reads("Query"),
  Scan: reads("Scan"),
  DeleteItem: writes("DeleteItem"),
  PutItem: writes("PutItem"),
  UpdateItem: writes("UpdateItem"),

  BatchGetItem: ({ RequestItems = {}, ReturnConsumedCapacity }, place, state) =>
    Object.entries(RequestItems).map(([TableName, read]) =>
      onTable("BatchGetItem", { TableName }, place, batchReadKeys(TableName, read, ReturnConsumedCapacity, state))
    ),
  BatchWriteItem: ({ RequestItems = {}, ReturnConsumedCapacity }, place, state) =>
    Object.entries(RequestItems).map(([TableName, requests]) =>
      onTable(
        "BatchWriteItem",
        { TableName },
        place,
        batchWriteKeys(TableName, requests, ReturnConsumedCapacity, state)
      )
    ),

  TransactGetItems: (input, place, state) =>
    (input.TransactItems ?? []).flatMap(({ Get }) =>
      Get === undefined ? [] : onTable("GetItem", Get, place, {
        ...capacityOf(readKeys(Get, state), input),
        "dynamodb:enclosingoperation": ["TransactGetItems"]
      })
    ),
  TransactWriteItems: (input, place, state) =>
    (input.TransactItems ?? []).flatMap((item) =>
      Object.entries(actions).flatMap(([member, action]) => {
        const part: Input | undefined = item[member as keyof typeof actions]
        return part === undefined ? [] : onTable(action, { TableName: part.TableName }, place, {
          ...capacityOf(writeKeys(part, state), input),
          "dynamodb:enclosingoperation": ["TransactWriteItems"]
        })
      })
    )
})

const table = "table/{TableName}"

const tables = needs<typeof sdk>()("dynamodb", {
  CreateTable: [
    { on: table, keys: ({ Tags }) => tagValues(Tags) },
    // AWS asks for it even if the list of tags is empty.
    { action: "TagResource", on: table, keys: ({ Tags }) => tagValues(Tags), when: ({ Tags }) => Tags !== undefined }
  ],
  DeleteTable: table,
  DescribeTable: table,
  DescribeTimeToLive: table,
  // The reference has no resource for it, and AWS refuses it for this one.
  ListTables: "table/*",
  UpdateTable: table,
  UpdateTimeToLive: table,
  ListTagsOfResource: "{ResourceArn}",
  TagResource: { on: "{ResourceArn}", keys: ({ Tags }) => tagValues(Tags) },
  UntagResource: { on: "{ResourceArn}", keys: ({ TagKeys }) => values({ "aws:tagkeys": TagKeys }) }
})

export const authorization: Authorization<State> = {
  prefix: tables.prefix,
  needs: { ...tables.needs, ...items },
  tagsOf: (arn, state) => {
    const [type, name = ""] = parseArn(arn)?.resource.split("/") ?? []
    return type === "table" ? tagRecord(state.tables.get(name)?.tags) : undefined
  }
}
