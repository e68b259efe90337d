/** The commands for tables. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import * as Definitions from "./definitions.ts"
import { allItems, keyNames } from "./keys.ts"
import * as Dynamo from "./state.ts"
import { addTags, tagRules } from "./tableTags.ts"
import { itemSize, validation } from "./values.ts"

/** How long AWS takes to create, change and delete a table. */
const CREATES = 10_000
const UPDATES = 10_000
const DELETES = 5_000

const schemaOf = (keys: Dynamo.Keys): Array<sdk.KeySchemaElement> =>
  keyNames(keys).map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? "HASH" : "RANGE" }))

const describeThroughput = (throughput: Dynamo.Throughput | undefined): sdk.ProvisionedThroughputDescription => ({
  NumberOfDecreasesToday: 0,
  ReadCapacityUnits: throughput?.ReadCapacityUnits ?? 0,
  WriteCapacityUnits: throughput?.WriteCapacityUnits ?? 0
})

const describeIndex = (table: Dynamo.Table, index: Dynamo.Index, status: sdk.TableStatus) => {
  const items = allItems(table, index)
  return {
    IndexName: index.name,
    KeySchema: schemaOf(index),
    Projection: {
      ProjectionType: index.projection,
      ...(index.projection === "INCLUDE" && { NonKeyAttributes: [...index.included] })
    },
    IndexSizeBytes: items.reduce((sum, item) => sum + itemSize(item), 0),
    ItemCount: items.length,
    IndexArn: `${table.arn}/index/${index.name}`,
    ...(index.isGlobal && {
      IndexStatus: status === "CREATING" ? "CREATING" as const : "ACTIVE" as const,
      ProvisionedThroughput: describeThroughput(index.throughput)
    })
  }
}

export const describe = (table: Dynamo.Table, now: number): sdk.TableDescription => {
  const status = Dynamo.statusOf(table, now)
  const items = allItems(table, undefined)
  const indexes = (isGlobal: boolean) => {
    const found = table.indexes.filter((index) => index.isGlobal === isGlobal)
    return found.length === 0 ? undefined : found.map((index) => describeIndex(table, index, status))
  }
  return {
    AttributeDefinitions: table.attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    TableName: table.name,
    KeySchema: schemaOf(table.keys),
    TableStatus: status,
    CreationDateTime: table.created,
    ProvisionedThroughput: describeThroughput(table.throughput),
    TableSizeBytes: items.reduce((sum, item) => sum + itemSize(item), 0),
    ItemCount: items.length,
    TableArn: table.arn,
    TableId: table.id,
    BillingModeSummary: table.onDemandSince && {
      BillingMode: table.billing,
      LastUpdateToPayPerRequestDateTime: table.onDemandSince
    },
    LocalSecondaryIndexes: indexes(false),
    GlobalSecondaryIndexes: indexes(true),
    TableClassSummary: table.tableClass === undefined ? undefined : { TableClass: table.tableClass as sdk.TableClass },
    DeletionProtectionEnabled: table.isProtected
  }
}

const capacityRules = {
  members: {
    ReadCapacityUnits: { required: true, min: 1 },
    WriteCapacityUnits: { required: true, min: 1 }
  }
} as const

const indexName = { required: true, min: 3, max: 255, pattern: "[a-zA-Z0-9_.-]+" } as const
const name = { required: true, min: 1, max: 255 } as const
const keyRules = {
  required: true,
  min: 1,
  max: 2,
  members: { AttributeName: name, KeyType: { required: true, enum: ["HASH", "RANGE"] } }
} as const
const projectionRules = {
  required: true,
  members: { ProjectionType: { enum: ["ALL", "INCLUDE", "KEYS_ONLY"] }, NonKeyAttributes: { min: 1, max: 20 } }
} as const
const billingModes = { enum: ["PROVISIONED", "PAY_PER_REQUEST"] } as const
const tableClasses = { enum: ["STANDARD", "STANDARD_INFREQUENT_ACCESS"] } as const

const change = (table: Dynamo.Table, input: sdk.UpdateTableCommandInput, { context, now }: Dynamo.Request): void => {
  const { BillingMode, DeletionProtectionEnabled, ProvisionedThroughput, TableClass } = input
  const throughput = Definitions.throughputOf(ProvisionedThroughput)
  if (
    BillingMode === undefined && DeletionProtectionEnabled === undefined && throughput === undefined &&
    TableClass === undefined
  ) {
    throw validation(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification " +
        "or ReplicaUpdates is required"
    )
  }
  const billing = BillingMode ?? table.billing
  if (BillingMode !== undefined || throughput !== undefined) {
    Definitions.checkBilling(billing, throughput)
    const before = table.throughput
    if (
      billing === table.billing && throughput !== undefined &&
      throughput.ReadCapacityUnits === before?.ReadCapacityUnits &&
      throughput.WriteCapacityUnits === before.WriteCapacityUnits
    ) {
      throw validation(
        `The provisioned throughput for the table will not change. The requested value equals the current value. ` +
          `Current ReadCapacityUnits provisioned for the table: ${before.ReadCapacityUnits}. Requested ReadCapacityUnits: ` +
          `${before.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for the table: ${before.WriteCapacityUnits}. ` +
          `Requested WriteCapacityUnits: ${before.WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for ` +
          `current limits and how to request higher limits.`
      )
    }
    if (billing === "PAY_PER_REQUEST" && table.billing !== billing) table.onDemandSince = new Date(now)
    table.billing = billing
    table.throughput = throughput
  }
  table.tableClass = TableClass ?? table.tableClass
  if (DeletionProtectionEnabled !== undefined) table.isProtected = DeletionProtectionEnabled
  // AWS changes the protection at once.
  if (BillingMode === undefined && throughput === undefined && TableClass === undefined) return
  table.status = "UPDATING"
  table.activeAt = now + context.takes(UPDATES)
}

export const tables: Dynamo.DynamoHandlers = {
  CreateTable: Dynamo.handler(
    {
      AttributeDefinitions: {
        members: { AttributeName: name, AttributeType: { required: true, enum: ["B", "N", "S"] } }
      },
      TableName: { required: true, min: 3, max: 255, pattern: "[a-zA-Z0-9_.-]+" },
      KeySchema: keyRules,
      LocalSecondaryIndexes: { members: { IndexName: indexName, KeySchema: keyRules, Projection: projectionRules } },
      GlobalSecondaryIndexes: {
        members: {
          IndexName: indexName,
          KeySchema: keyRules,
          Projection: projectionRules,
          ProvisionedThroughput: capacityRules
        }
      },
      BillingMode: billingModes,
      ProvisionedThroughput: capacityRules,
      Tags: tagRules,
      TableClass: tableClasses
    },
    (input: sdk.CreateTableCommandInput, request) => {
      const { context, now, state } = request
      const { BillingMode: billing = "PROVISIONED", DeletionProtectionEnabled, TableClass, Tags = [] } = input
      const throughput = Definitions.throughputOf(input.ProvisionedThroughput)
      Definitions.checkBilling(billing, throughput)
      const attributes = Definitions.attributesOf(input)
      const keys = Definitions.tableKeysOf(input, attributes)
      const indexes = Definitions.indexesOf(input, keys, attributes, billing)
      Definitions.checkAllUsed(attributes, [keys, ...indexes])
      const name = input.TableName!
      if (Dynamo.tablesOf(request).has(name)) throw Dynamo.inUse(`Table already exists: ${name}`)
      const table: Dynamo.Table = {
        name,
        id: context.uuid(),
        arn: context.arn("dynamodb", `table/${name}`),
        created: new Date(now),
        keys,
        attributes,
        indexes,
        activeAt: now + context.takes(CREATES),
        status: "CREATING",
        billing,
        throughput,
        tableClass: TableClass,
        isProtected: DeletionProtectionEnabled ?? false,
        onDemandSince: billing === "PAY_PER_REQUEST" ? new Date(now) : undefined,
        tags: addTags([], Tags),
        ttl: undefined,
        nextExpiry: Infinity,
        sweptAt: now,
        partitions: new Map()
      }
      state.tables.set(name, table)
      return { TableDescription: describe(table, now) }
    }
  ),

  DescribeTable: Dynamo.handler(
    { TableName: Dynamo.TableName },
    (input: sdk.DescribeTableCommandInput, request) => ({
      Table: describe(Dynamo.describedTable(input.TableName!, request), request.now)
    })
  ),

  ListTables: Dynamo.handler(
    { ExclusiveStartTableName: { min: 3, max: 255, pattern: "[a-zA-Z0-9_.-]+" }, Limit: { min: 1, max: 100 } },
    (input: sdk.ListTablesCommandInput, request) => {
      const { ExclusiveStartTableName: after = "", Limit = 100 } = input
      const size = Math.min(Limit, request.context.pageSize ?? Limit)
      const names = [...Dynamo.tablesOf(request).keys()].filter((name) => name > after).sort()
      const page = names.slice(0, size)
      return { TableNames: page, LastEvaluatedTableName: names.length > size ? page.at(-1) : undefined }
    }
  ),

  UpdateTable: Dynamo.handler(
    {
      TableName: Dynamo.TableName,
      BillingMode: billingModes,
      ProvisionedThroughput: capacityRules,
      TableClass: tableClasses
    },
    (input: sdk.UpdateTableCommandInput, request) => {
      const table = Dynamo.describedTable(input.TableName!, request)
      const status = Dynamo.statusOf(table, request.now)
      if (status !== "ACTIVE") {
        throw Dynamo.inUse(
          `Attempt to change a resource which is still in use: Table is being ${
            status === "CREATING" ? "created" : status === "DELETING" ? "deleted" : "updated"
          }: ${table.name}`
        )
      }
      change(table, input, request)
      return { TableDescription: describe(table, request.now) }
    }
  ),

  DeleteTable: Dynamo.handler(
    { TableName: Dynamo.TableName },
    (input: sdk.DeleteTableCommandInput, request) => {
      const { context, now } = request
      const table = Dynamo.describedTable(input.TableName!, request)
      const status = Dynamo.statusOf(table, now)
      if (status === "CREATING" || status === "UPDATING") {
        throw Dynamo.inUse(
          `Attempt to change a resource which is still in use: Table is being ${
            status === "CREATING" ? "created" : "updated"
          }: ${table.name}`
        )
      }
      if (table.isProtected) {
        throw validation(
          "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
        )
      }
      if (status !== "DELETING") {
        table.status = "DELETING"
        table.activeAt = now + context.takes(DELETES)
        table.partitions.clear()
      }
      return { TableDescription: describe(table, now) }
    }
  )
}
