/** The commands that read many items of a table or an index. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { Unsupported } from "../engine/unsupported.ts"
import { consumed, readUnits } from "./capacity.ts"
import { checkFilter, holds, pathsOf, readCondition } from "./conditions.ts"
import { allItems, itemsOf, keyNames, placeOf, scanOrder } from "./keys.ts"
import { placeholders, Reader } from "./lexer.ts"
import { type Path, project, readProjection } from "./paths.ts"
import { keyConditionOf, positionNames, startOf } from "./queries.ts"
import * as Dynamo from "./state.ts"
import { type Item, itemSize, validation } from "./values.ts"

/** The most bytes that a page is made of, before the filter. */
const LARGEST = 1024 * 1024

type ReadInput = Pick<
  sdk.QueryCommandInput,
  | "TableName"
  | "IndexName"
  | "ConsistentRead"
  | "Select"
  | "Limit"
  | "FilterExpression"
  | "ProjectionExpression"
  | "ExpressionAttributeNames"
  | "ExpressionAttributeValues"
  | "ReturnConsumedCapacity"
>

const rules = {
  TableName: Dynamo.TableName,
  IndexName: { min: 3, max: 255, pattern: "[a-zA-Z0-9_.-]+" },
  Select: { enum: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"] },
  Limit: { min: 1 },
  ReturnConsumedCapacity: Dynamo.ReturnConsumedCapacity
} as const

const indexOf = (table: Dynamo.Table, name: string | undefined): Dynamo.Index | undefined => {
  if (name === undefined) return undefined
  const index = table.indexes.find((one) => one.name === name)
  if (index === undefined) throw validation(`The table does not have the specified index: ${name}`)
  return index
}

/** The attributes that are in an index; `undefined` if all are. */
const projected = (table: Dynamo.Table, index: Dynamo.Index | undefined): ReadonlyArray<string> | undefined =>
  index === undefined || index.projection === "ALL" ? undefined : [...positionNames(table, index), ...index.included]

/** How an answer shows an item; `undefined` if it shows the count only. */
const viewOf = (
  { ProjectionExpression, Select }: ReadInput,
  paths: ReadonlyArray<Path> | undefined,
  table: Dynamo.Table,
  index: Dynamo.Index | undefined
): ((item: Item) => Item) | undefined => {
  if (paths !== undefined && Select !== undefined && Select !== "SPECIFIC_ATTRIBUTES") {
    throw validation(
      `Cannot specify the ProjectionExpression when choosing to get ${Select === "COUNT" ? "only the Count" : Select}`
    )
  }
  if (Select === "SPECIFIC_ATTRIBUTES" && ProjectionExpression === undefined) {
    throw validation(
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    )
  }
  if (Select === "ALL_PROJECTED_ATTRIBUTES" && index === undefined) {
    throw validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
  }
  const names = projected(table, index)
  if (Select === "ALL_ATTRIBUTES" && names !== undefined && index?.isGlobal === true) {
    throw Dynamo.invalid(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`
    )
  }
  if (Select === "COUNT") return undefined
  if (paths !== undefined) {
    const outside = index?.isGlobal === true
      ? paths.map(([name]) => name).filter((name) => names?.includes(name) === false)
      : []
    if (outside.length > 0) {
      throw Dynamo.invalid(
        `Global secondary index ${index!.name} does not project [${outside.join(", ")}]`
      )
    }
    return (item) => project(item, paths)
  }
  // A local index gets what it doesn't have from the table, if all attributes are asked for.
  return names === undefined || Select === "ALL_ATTRIBUTES"
    ? (item) => item
    : (item) => project(item, names.map((name): Path => [name]))
}

interface Source {
  readonly items: ReadonlyArray<Item>
  readonly start: Item | undefined
  readonly order: (a: Item, b: Item) => number
}

/** One page of what a request reads. */
const read = (
  input: ReadInput,
  { context }: Dynamo.Request,
  table: Dynamo.Table,
  index: Dynamo.Index | undefined,
  filter: ((item: Item) => boolean) | undefined,
  paths: ReadonlyArray<Path> | undefined,
  { items, order, start }: Source
) => {
  const { ConsistentRead = false, Limit = Infinity, ReturnConsumedCapacity } = input
  if (ConsistentRead && index?.isGlobal === true) {
    throw validation("Consistent reads are not supported on global secondary indexes")
  }
  const view = viewOf(input, paths, table, index)
  const most = Math.min(Limit, context.pageSize ?? Infinity)
  const found: Array<Item> = []
  let [count, bytes, last, isCut]: [number, number, Item | undefined, boolean] = [0, 0, undefined, false]
  for (const item of items) {
    if (start !== undefined && order(item, start) <= 0) continue
    if (count >= most || bytes >= LARGEST) {
      isCut = true
      break
    }
    const names = projected(table, index)
    bytes += itemSize(names === undefined ? item : project(item, names.map((name): Path => [name])))
    count += 1
    last = item
    if (filter === undefined || filter(item)) found.push(item)
  }
  // AWS doesn't look whether there is more when a page has as many items as the request allows.
  const isEnd = !isCut && count < Limit
  return {
    Items: view === undefined ? undefined : found.map(view),
    Count: found.length,
    ScannedCount: count,
    LastEvaluatedKey: isEnd || last === undefined ? undefined : Object.fromEntries(
      positionNames(table, index).map((name) => [name, last[name]!])
    ),
    ConsumedCapacity: consumed(table, ReturnConsumedCapacity, readUnits(bytes, ConsistentRead))
  }
}

/** The filter and the projection of a request, whose placeholders have to be used all. */
const expressionsOf = (input: ReadInput & { readonly KeyConditionExpression?: string | undefined }) => {
  const { FilterExpression: filter, KeyConditionExpression: key, ProjectionExpression: projection } = input
  const names = placeholders(input, {
    FilterExpression: filter,
    ...("KeyConditionExpression" in input ? { KeyConditionExpression: key } : {}),
    ProjectionExpression: projection
  })
  const keyCondition = key === undefined ? undefined : readCondition(new Reader("KeyConditionExpression", key, names))
  const tree = filter === undefined ? undefined : readCondition(new Reader("FilterExpression", filter, names))
  const paths = projection === undefined
    ? undefined
    : readProjection(new Reader("ProjectionExpression", projection, names))
  names.end()
  return { keyCondition, tree, paths }
}

/** The filter of a request. An index can't filter by what it doesn't have, not even a local one, which could get it. */
const filterOf = (
  tree: ReturnType<typeof expressionsOf>["tree"],
  table: Dynamo.Table,
  index: Dynamo.Index | undefined
): ((item: Item) => boolean) | undefined => {
  if (tree === undefined) return undefined
  const names = projected(table, index)
  const outside = new Set(pathsOf(tree).flatMap(([name]) => names?.includes(name) === false ? [name] : []))
  if (outside.size > 0) {
    throw Dynamo.invalid(
      `Secondary index ${index!.name} does not project one or more filter attributes: [${
        [...outside].sort().join(", ")
      }]`
    )
  }
  return (item) => holds(tree, item)
}

export const reads: Dynamo.DynamoHandlers = {
  Query: Dynamo.handler(rules, (input: sdk.QueryCommandInput, request) => {
    const { ExclusiveStartKey, IndexName, KeyConditionExpression, ScanIndexForward: isForward = true } = input
    if (KeyConditionExpression === undefined) {
      throw input.KeyConditions === undefined
        ? validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
        : new Unsupported(
          "The in-memory DynamoDB doesn't have KeyConditions, a legacy parameter: use KeyConditionExpression."
        )
    }
    const { keyCondition, paths, tree } = expressionsOf(input)
    const table = Dynamo.tableOf(input.TableName!, request)
    const index = indexOf(table, IndexName)
    const keys = index ?? table.keys
    const condition = keyConditionOf(keyCondition!, keys)
    if (tree !== undefined) checkFilter(tree, keyNames(keys))
    const items = itemsOf(table, index, condition.hash).filter((item) =>
      keys.range === undefined || condition.range(item[keys.range.name]!)
    )
    const order = scanOrder(table, index)
    return read(input, request, table, index, filterOf(tree, table, index), paths, {
      items: isForward ? items : items.toReversed(),
      start: startOf(table, index, ExclusiveStartKey, condition),
      order: isForward ? order : (a, b) => order(b, a)
    })
  }),

  Scan: Dynamo.handler(
    { ...rules, TotalSegments: { min: 1, max: 1_000_000 }, Segment: { min: 0, max: 999_999 } },
    (input: sdk.ScanCommandInput, request) => {
      const { ExclusiveStartKey, IndexName, Segment, TotalSegments } = input
      if ((Segment === undefined) !== (TotalSegments === undefined)) {
        throw validation(
          Segment === undefined
            ? "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
            : "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
        )
      }
      if (Segment !== undefined && TotalSegments !== undefined && Segment >= TotalSegments) {
        throw validation(
          "The Segment parameter is zero-based and must be less than parameter TotalSegments: " +
            `Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`
        )
      }
      const { paths, tree } = expressionsOf(input)
      const table = Dynamo.tableOf(input.TableName!, request)
      const index = indexOf(table, IndexName)
      const { hash: { name } } = index ?? table.keys
      const segmentOf = (item: Item): number => Number.parseInt(placeOf(item[name]!).slice(0, 8), 16) % TotalSegments!
      const items = allItems(table, index)
      return read(input, request, table, index, filterOf(tree, table, index), paths, {
        items: TotalSegments === undefined ? items : items.filter((item) => segmentOf(item) === Segment),
        start: startOf(table, index, ExclusiveStartKey, undefined),
        order: scanOrder(table, index)
      })
    }
  )
}
