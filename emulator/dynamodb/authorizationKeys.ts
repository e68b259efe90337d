/** In-memory DynamoDB: the values of condition keys that requests for items have. */
import type { AttributeValue, KeysAndAttributes, WriteRequest } from "@aws-sdk/client-dynamodb"
import type { ConditionValues } from "../engine/authorization.ts"
import { values } from "../support/needsOfState.ts"
import type { State } from "./state.ts"

type Item = Readonly<Record<string, AttributeValue>> | undefined

/** What requests for items have in common, as far as policies can ask for it. */
export interface Input {
  readonly TableName?: string | undefined
  readonly IndexName?: string | undefined
  readonly Key?: Item
  readonly Item?: Item
  readonly Select?: string | undefined
  readonly ProjectionExpression?: string | undefined
  readonly KeyConditionExpression?: string | undefined
  readonly FilterExpression?: string | undefined
  readonly ConditionExpression?: string | undefined
  readonly UpdateExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined
  readonly ReturnConsumedCapacity?: string | undefined
  readonly ReturnValues?: string | undefined
}

/** The words with which expressions are made. They are reserved: an attribute's name that is one of them has a placeholder. */
const words = /^(and|or|not|in|between|set|remove|add|delete)$/i

/** The attributes in an expression, without the parts of documents. An expression that isn't valid is refused by the call itself. */
const namesIn = (expression: string | undefined, names: Record<string, string> = {}): ReadonlyArray<string> =>
  Array.from((expression ?? "").matchAll(/(?<![\w#:.])(#?[A-Za-z_]\w*)(?!\w|\s*\()/g), ([, name = ""]) => name)
    .flatMap((name) => name.startsWith("#") ? names[name] ?? [] : words.test(name) ? [] : name)

const textOf = ({ B, N, S }: AttributeValue): string | undefined =>
  S ?? N ?? (B === undefined ? undefined : Buffer.from(B).toString("base64"))

/** The value that a key condition asks of the partition key. */
const asked = (input: Input, hash: string): AttributeValue | undefined => {
  const tokens = Array.from(
    input.KeyConditionExpression?.matchAll(/[#:]?\w+|<>|<=|>=|[=<>]/g) ?? [],
    ([token]) => token
  )
  const isHash = (token = "") => (input.ExpressionAttributeNames?.[token] ?? token) === hash
  const at = tokens.findIndex((token, i) => token === "=" && (isHash(tokens[i - 1]) || isHash(tokens[i + 1])))
  const value = [tokens[at - 1], tokens[at + 1]].find((token) => token?.startsWith(":") === true)
  return value === undefined ? undefined : input.ExpressionAttributeValues?.[value]
}

/** The name in a name or an ARN of a table. */
const tableName = (id = ""): string => /:table\/([^/]+)/.exec(id)?.[1] ?? id

const hashOf = (state: State, table: string | undefined, index: string | undefined): string | undefined => {
  const found = state.tables.get(tableName(table))
  const keys = index === undefined ? found?.keys : found?.indexes.find(({ name }) => name === index)
  return keys?.hash.name
}

const leading = (items: ReadonlyArray<Item>, hash: string | undefined): ReadonlyArray<string | undefined> =>
  hash === undefined ? [] : [...new Set(items.flatMap((item) => item?.[hash] ?? []).map(textOf))]

const selectOf = ({ IndexName, ProjectionExpression, Select }: Input): string =>
  Select ?? (ProjectionExpression !== undefined
    ? "SPECIFIC_ATTRIBUTES"
    : IndexName === undefined
    ? "ALL_ATTRIBUTES"
    : "ALL_PROJECTED_ATTRIBUTES")

/** The attributes that a request names, also those of keys. */
const attributesOf = (input: Input): ReadonlyArray<string> => {
  const expressions = [
    input.ProjectionExpression,
    input.KeyConditionExpression,
    input.FilterExpression,
    input.ConditionExpression,
    input.UpdateExpression
  ]
  return [
    ...new Set([
      ...Object.keys(input.Key ?? {}),
      ...Object.keys(input.Item ?? {}),
      ...expressions.flatMap((one) => namesIn(one, input.ExpressionAttributeNames))
    ])
  ]
}

/** The values for a request that reads an item, or those of a table or an index. */
export const readKeys = (input: Input, state: State): ConditionValues => {
  const hash = hashOf(state, input.TableName, input.IndexName)
  const value = hash === undefined ? undefined : asked(input, hash)
  return values({
    "dynamodb:leadingkeys": value === undefined ? leading([input.Key], hash) : [textOf(value)],
    "dynamodb:attributes": attributesOf(input),
    "dynamodb:select": selectOf(input),
    "dynamodb:returnconsumedcapacity": input.ReturnConsumedCapacity ?? "NONE"
  })
}

/** The values for a request that writes an item. */
export const writeKeys = (input: Input, state: State): ConditionValues =>
  values({
    "dynamodb:leadingkeys": leading([input.Key, input.Item], hashOf(state, input.TableName, undefined)),
    "dynamodb:attributes": attributesOf(input),
    "dynamodb:returnvalues": input.ReturnValues ?? "NONE",
    "dynamodb:returnconsumedcapacity": input.ReturnConsumedCapacity ?? "NONE"
  })

export const batchReadKeys = (
  table: string,
  { ExpressionAttributeNames, Keys = [], ProjectionExpression }: KeysAndAttributes,
  capacity: string = "NONE",
  state: State
): ConditionValues =>
  values({
    "dynamodb:leadingkeys": leading(Keys, hashOf(state, table, undefined)),
    "dynamodb:attributes": [
      ...new Set([...Keys.flatMap(Object.keys), ...namesIn(ProjectionExpression, ExpressionAttributeNames)])
    ],
    "dynamodb:select": selectOf({ ProjectionExpression }),
    "dynamodb:returnconsumedcapacity": capacity
  })

export const batchWriteKeys = (
  table: string,
  requests: ReadonlyArray<WriteRequest>,
  capacity: string = "NONE",
  state: State
): ConditionValues => {
  const items = requests.flatMap(({ DeleteRequest, PutRequest }) => [DeleteRequest?.Key, PutRequest?.Item])
  return values({
    "dynamodb:leadingkeys": leading(items, hashOf(state, table, undefined)),
    "dynamodb:attributes": [...new Set(items.flatMap((item) => Object.keys(item ?? {})))],
    "dynamodb:returnconsumedcapacity": capacity
  })
}
