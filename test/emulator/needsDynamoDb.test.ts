// The permissions that calls to DynamoDB need, and the condition keys of its fine-grained access control.
import { assert, describe, it } from "@effect/vitest"
import { dynamoDb } from "../../emulator/dynamodb/dynamoDb.ts"
import type { State } from "../../emulator/dynamodb/state.ts"
import { keyOf, needsOf, place, shown } from "./support/needs.ts"

/** The table of the developer guide's examples: the games of users, with an index of the best. */
const scores = (): State => {
  const state = dynamoDb.state()
  const hash = { name: "UserId", type: "S" }
  const index = { name: "Best", hash: { name: "GameTitle", type: "S" }, range: { name: "TopScore", type: "N" } }
  state.tables.set("GameScores", {
    name: "GameScores",
    keys: { hash, range: { name: "GameTitle", type: "S" } },
    indexes: [index],
    tags: [{ Key: "Team", Value: "games" }]
  } as never)
  return state
}

const Key = { UserId: { S: "ada" }, GameTitle: { S: "Meteor" } }
const table = "table/GameScores"

describe("the permissions for calls to DynamoDB", () => {
  it("are for the table, or for the index that is read", () => {
    assert.deepEqual(shown(needsOf(dynamoDb, "GetItem", { TableName: "GameScores", Key })), [
      "dynamodb:GetItem dynamodb table/GameScores"
    ])
    assert.deepEqual(shown(needsOf(dynamoDb, "Scan", { TableName: "GameScores", IndexName: "Best" })), [
      "dynamodb:Scan dynamodb table/GameScores/index/Best"
    ])
    assert.deepEqual(shown(needsOf(dynamoDb, "ListTables", {})), ["dynamodb:ListTables dynamodb table/*"])
    const TableName = "arn:aws:dynamodb:us-east-1:210987654321:table/Theirs"
    assert.strictEqual(needsOf(dynamoDb, "PutItem", { TableName, Item: Key })[0]?.resource, TableName)
  })

  it("are for each table of a batch", () => {
    const input = { RequestItems: { A: { Keys: [Key] }, B: { Keys: [Key] } } }
    assert.deepEqual(shown(needsOf(dynamoDb, "BatchGetItem", input)), [
      "dynamodb:BatchGetItem dynamodb table/A",
      "dynamodb:BatchGetItem dynamodb table/B"
    ])
  })

  it("are those of the single actions for a transaction, which they can name", () => {
    const TableName = "GameScores"
    const write = needsOf(dynamoDb, "TransactWriteItems", {
      TransactItems: [
        { Put: { TableName, Item: Key } },
        { Update: { TableName, Key, UpdateExpression: "SET Wins = :one" } },
        { Delete: { TableName, Key } },
        { ConditionCheck: { TableName, Key, ConditionExpression: "attribute_exists(Wins)" } }
      ]
    })
    assert.deepEqual(shown(write), [
      "dynamodb:PutItem dynamodb table/GameScores",
      "dynamodb:UpdateItem dynamodb table/GameScores",
      "dynamodb:DeleteItem dynamodb table/GameScores",
      "dynamodb:ConditionCheckItem dynamodb table/GameScores"
    ])
    for (const { keys } of write) assert.deepEqual(keys?.["dynamodb:enclosingoperation"], ["TransactWriteItems"])
    const read = needsOf(dynamoDb, "TransactGetItems", { TransactItems: [{ Get: { TableName, Key } }] })
    assert.deepEqual(shown(read), ["dynamodb:GetItem dynamodb table/GameScores"])
    assert.deepEqual(keyOf(read, table, "dynamodb:EnclosingOperation"), ["TransactGetItems"])
  })

  it("include the one to tag a new table, even with an empty list of tags", () => {
    const actions = (input: object) => needsOf(dynamoDb, "CreateTable", input).map(({ action }) => action)
    assert.deepEqual(actions({ TableName: "T" }), ["dynamodb:CreateTable"])
    assert.deepEqual(actions({ TableName: "T", Tags: [] }), ["dynamodb:CreateTable", "dynamodb:TagResource"])
  })
})

describe("fine-grained access control", () => {
  it("knows the partition keys that a call is about", () => {
    const leading = (operation: string, input: object) =>
      keyOf(
        needsOf(dynamoDb, operation, { TableName: "GameScores", ...input }, scores()),
        table,
        "dynamodb:LeadingKeys"
      )
    assert.deepEqual(leading("GetItem", { Key }), ["ada"])
    assert.deepEqual(leading("PutItem", { Item: { ...Key, Wins: { N: "3" } } }), ["ada"])
    const ExpressionAttributeValues = { ":u": { S: "ada" }, ":g": { S: "Meteor" } }
    assert.deepEqual(
      leading("Query", { KeyConditionExpression: "UserId = :u AND GameTitle = :g", ExpressionAttributeValues }),
      ["ada"]
    )
    assert.deepEqual(
      leading("Query", {
        KeyConditionExpression: "(GameTitle = :g) and (:u = #u)",
        ExpressionAttributeNames: { "#u": "UserId" },
        ExpressionAttributeValues
      }),
      ["ada"]
    )
    assert.deepEqual(
      leading("Query", { IndexName: "Best", KeyConditionExpression: "GameTitle = :g", ExpressionAttributeValues }),
      ["Meteor"]
    )
    assert.isUndefined(leading("Scan", {}))
    const batch = { RequestItems: { GameScores: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key } }] } }
    assert.deepEqual(leading("BatchWriteItem", batch), ["ada"])
  })

  it("knows the attributes that a request names, those of keys among them", () => {
    const attributes = (operation: string, input: object) =>
      keyOf(needsOf(dynamoDb, operation, { TableName: "GameScores", ...input }), table, "dynamodb:Attributes")
    assert.deepEqual(
      attributes("GetItem", {
        Key,
        ProjectionExpression: "Wins, #d.a[0].Losses",
        ExpressionAttributeNames: { "#d": "Detail" }
      }),
      [
        "UserId",
        "GameTitle",
        "Wins",
        "Detail"
      ]
    )
    assert.deepEqual(
      attributes("UpdateItem", {
        Key,
        UpdateExpression: "SET Wins = if_not_exists(Wins, :zero) + :one REMOVE Old ADD Losses :one",
        ConditionExpression: "attribute_exists(TopScore) AND NOT TopScore BETWEEN :zero AND :one"
      }),
      ["UserId", "GameTitle", "TopScore", "Wins", "Old", "Losses"]
    )
  })

  it("knows what is to be selected and returned", () => {
    const select = (operation: string, input: object) =>
      keyOf(needsOf(dynamoDb, operation, { TableName: "GameScores", ...input }), table, "dynamodb:Select")
    assert.deepEqual(select("GetItem", { Key }), ["ALL_ATTRIBUTES"])
    assert.deepEqual(select("GetItem", { Key, ProjectionExpression: "Wins" }), ["SPECIFIC_ATTRIBUTES"])
    assert.deepEqual(select("Query", { IndexName: "Best" }), ["ALL_PROJECTED_ATTRIBUTES"])
    assert.deepEqual(select("Query", { Select: "COUNT" }), ["COUNT"])
    const write = (input: object) =>
      keyOf(
        needsOf(dynamoDb, "PutItem", { TableName: "GameScores", Item: Key, ...input }),
        table,
        "dynamodb:ReturnValues"
      )
    assert.deepEqual(write({}), ["NONE"])
    assert.deepEqual(write({ ReturnValues: "ALL_OLD" }), ["ALL_OLD"])
  })

  it("knows the tags of a table, also for its indexes", () => {
    const arn = "arn:aws:dynamodb:us-east-1:123456789012:table/GameScores"
    const { tagsOf } = dynamoDb.authorization!
    assert.deepEqual(tagsOf!(arn, scores(), place), { Team: "games" })
    assert.deepEqual(tagsOf!(`${arn}/index/Best`, scores(), place), { Team: "games" })
    assert.isUndefined(tagsOf!(`${arn}s`, scores(), place))
  })
})
