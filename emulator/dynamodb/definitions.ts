/** In-memory DynamoDB: the keys, indexes and capacity in a request for a table. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import * as Dynamo from "./state.ts"
import { validation } from "./values.ts"

const shownList = (names: ReadonlyArray<string>): string => `[${names.join(", ")}]`

/** The attributes that may be keys. */
export const attributesOf = (input: sdk.CreateTableCommandInput): ReadonlyArray<Dynamo.KeyAttribute> => {
  const attributes = (input.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => ({
    name: AttributeName!,
    type: AttributeType as Dynamo.KeyType
  }))
  if (attributes.length === 0) {
    throw Dynamo.invalid("Some AttributeDefinitions are not valid. AttributeDefinitions: [], keys are missing")
  }
  if (new Set(attributes.map(({ name }) => name)).size < attributes.length) {
    throw Dynamo.invalid("Cannot have two attributes with the same name")
  }
  return attributes
}

const keysOf = (
  schema: ReadonlyArray<sdk.KeySchemaElement> = [],
  attributes: ReadonlyArray<Dynamo.KeyAttribute>
): Dynamo.Keys => {
  const elements = schema.map(({ AttributeName, KeyType }) => ({ name: AttributeName!, kind: KeyType! }))
  const names = elements.map(({ name }) => name)
  if (elements[0]?.kind !== "HASH") {
    throw validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
  }
  if (elements.length > 1 && elements[1]!.kind !== "RANGE") {
    throw validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
  }
  if (new Set(names).size < names.length) {
    throw validation(
      "Both the Hash Key and the Range Key element in the KeySchema have the same name"
    )
  }
  const found = names.map((name) => {
    const attribute = attributes.find((one) => one.name === name)
    if (attribute === undefined) {
      throw Dynamo.invalid(
        `Some index key attributes are not defined in AttributeDefinitions. Keys: ${shownList(names)}, ` +
          `AttributeDefinitions: ${shownList(attributes.map((one) => one.name))}`
      )
    }
    return attribute
  })
  return { hash: found[0]!, range: found[1] }
}

export const throughputOf = (
  throughput: sdk.ProvisionedThroughput | undefined
): Dynamo.Throughput | undefined =>
  throughput && {
    ReadCapacityUnits: throughput.ReadCapacityUnits!,
    WriteCapacityUnits: throughput.WriteCapacityUnits!
  }

/** Capacity of a table or an index comes with the billing mode PROVISIONED, and with no other. */
export const checkBilling = (
  billing: Dynamo.Table["billing"],
  throughput: Dynamo.Throughput | undefined,
  index?: string
): void => {
  if (billing === "PROVISIONED" && throughput === undefined) {
    throw Dynamo.invalid(
      index === undefined
        ? "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        : `ProvisionedThroughput must be specified for index: ${index}`
    )
  }
  if (billing === "PAY_PER_REQUEST" && throughput !== undefined) {
    throw Dynamo.invalid(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )
  }
}

const projectionOf = (
  name: string,
  projection: sdk.Projection | undefined
): Pick<Dynamo.Index, "projection" | "included"> => {
  const { NonKeyAttributes: included, ProjectionType: type } = projection ?? {}
  if (type === undefined) throw Dynamo.invalid(`Unknown ProjectionType: null`)
  if (type === "INCLUDE" ? (included?.length ?? 0) === 0 : included !== undefined) {
    throw Dynamo.invalid(
      type === "INCLUDE"
        ? `ProjectionType is INCLUDE, but NonKeyAttributes is not specified`
        : `ProjectionType is ${type}, but NonKeyAttributes is specified`
    )
  }
  if (new Set(included).size < (included?.length ?? 0)) {
    throw Dynamo.invalid(`Duplicate attribute names in NonKeyAttributes of index ${name}`)
  }
  return { projection: type, included: included ?? [] }
}

/** The secondary indexes of a new table. */
export const indexesOf = (
  input: sdk.CreateTableCommandInput,
  keys: Dynamo.Keys,
  attributes: ReadonlyArray<Dynamo.KeyAttribute>,
  billing: Dynamo.Table["billing"]
): ReadonlyArray<Dynamo.Index> => {
  const { GlobalSecondaryIndexes: global, LocalSecondaryIndexes: local } = input
  if (global?.length === 0 || local?.length === 0) {
    throw Dynamo.invalid(`List of ${global?.length === 0 ? "GlobalSecondary" : "LocalSecondary"}Indexes is empty`)
  }
  if ((local?.length ?? 0) > 5) {
    throw Dynamo.invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
  }
  if ((global?.length ?? 0) > 20) {
    throw Dynamo.invalid("Number of GlobalSecondaryIndexes exceeds per-table limit of 20")
  }
  const indexes = [
    ...(global ?? []).map((index): Dynamo.Index => {
      const throughput = throughputOf(index.ProvisionedThroughput)
      checkBilling(billing, throughput, index.IndexName)
      return {
        ...keysOf(index.KeySchema, attributes),
        name: index.IndexName!,
        isGlobal: true,
        ...projectionOf(index.IndexName!, index.Projection),
        throughput
      }
    }),
    ...(local ?? []).map((index): Dynamo.Index => {
      const own = keysOf(index.KeySchema, attributes)
      if (keys.range === undefined) {
        throw Dynamo.invalid(
          "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
      }
      if (own.range === undefined) {
        throw Dynamo.invalid(`Index KeySchema does not have a range key for index: ${index.IndexName}`)
      }
      if (own.hash.name !== keys.hash.name) {
        throw Dynamo.invalid(
          `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index.IndexName}. ` +
            `index hash key: ${own.hash.name}, table hash key: ${keys.hash.name}`
        )
      }
      return {
        ...own,
        name: index.IndexName!,
        isGlobal: false,
        ...projectionOf(index.IndexName!, index.Projection),
        throughput: undefined
      }
    })
  ]
  const names = indexes.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw Dynamo.invalid(`Duplicate index name: ${twice}`)
  return indexes
}

/** The keys of a new table. */
export const tableKeysOf = (
  input: sdk.CreateTableCommandInput,
  attributes: ReadonlyArray<Dynamo.KeyAttribute>
): Dynamo.Keys => keysOf(input.KeySchema, attributes)

/** Every attribute that is defined has to be in a key. */
export const checkAllUsed = (
  attributes: ReadonlyArray<Dynamo.KeyAttribute>,
  all: ReadonlyArray<Dynamo.Keys>
): void => {
  const used = new Set(all.flatMap(({ hash, range }) => range === undefined ? [hash.name] : [hash.name, range.name]))
  if (attributes.every(({ name }) => used.has(name))) return
  throw Dynamo.invalid(
    "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
  )
}
