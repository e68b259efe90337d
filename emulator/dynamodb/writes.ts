/** In-memory DynamoDB: the changes of one item, by a command of its own or in a transaction. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { Fault } from "../engine/service.ts"
import { holds, readCondition } from "./conditions.ts"
import { checkItemKeys, findItem, keyNames, readKey, removeItem, storeItem } from "./keys.ts"
import { placeholders, Reader } from "./lexer.ts"
import { type Path, project } from "./paths.ts"
import { type Request, type Table, tableOf } from "./state.ts"
import { applyUpdate, checkKeysUnchanged, isUnchanged, readUpdate } from "./updates.ts"
import { type Item, itemSize, readItem, validation } from "./values.ts"

/** The most bytes of an item. */
const LARGEST = 400 * 1024

interface Expressions {
  readonly ConditionExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Record<string, sdk.AttributeValue> | undefined
}

/** A change that was checked against the table, but not yet against the item. */
export interface Write {
  readonly table: Table
  readonly key: Item
  readonly condition: ((item: Item) => boolean) | undefined
  /** The item afterwards; `undefined` if there is none. */
  readonly next: (before: Item | undefined) => Item | undefined
  /** The paths that an update expression names. */
  readonly touched: ReadonlyArray<Path>
}

const parse = (input: Expressions & { readonly UpdateExpression?: string | undefined }) => {
  const { ConditionExpression: condition, UpdateExpression: update } = input
  const expressions = {
    ...("UpdateExpression" in input ? { UpdateExpression: update } : {}),
    ConditionExpression: condition
  }
  const names = placeholders(input, expressions)
  const actions = update === undefined ? [] : readUpdate(new Reader("UpdateExpression", update, names))
  const tree = condition === undefined ? undefined : readCondition(new Reader("ConditionExpression", condition, names))
  names.end()
  return {
    actions,
    condition: tree === undefined ? undefined : (item: Item) => holds(tree, item)
  }
}

const checkItemSize = (item: Item, words: string): void => {
  if (itemSize(item) > LARGEST) throw validation(words)
}

export const putOf = (
  input: Expressions & {
    readonly TableName?: string | undefined
    readonly Item?: Record<string, sdk.AttributeValue> | undefined
  },
  request: Request
): Write => {
  const item = readItem(input.Item!)
  const { condition } = parse(input)
  checkItemSize(item, "Item size has exceeded the maximum allowed size")
  const table = tableOf(input.TableName!, request)
  checkItemKeys(table, item)
  return { table, key: item, condition, next: () => item, touched: [] }
}

export const deleteOf = (
  input: Expressions & {
    readonly TableName?: string | undefined
    readonly Key?: Record<string, sdk.AttributeValue> | undefined
  },
  request: Request
): Write => {
  const { condition } = parse(input)
  const table = tableOf(input.TableName!, request)
  return { table, key: readKey(table, input.Key!), condition, next: () => undefined, touched: [] }
}

/** Checks an item, and leaves it as it is. */
export const checkOf = (...[input, request]: Parameters<typeof deleteOf>): Write => ({
  ...deleteOf(input, request),
  next: (before) => before
})

export const updateOf = (
  input: Expressions & {
    readonly TableName?: string | undefined
    readonly Key?: Record<string, sdk.AttributeValue> | undefined
    readonly UpdateExpression?: string | undefined
  },
  request: Request
): Write => {
  const { actions, condition } = parse({ ...expressionsOf(input), UpdateExpression: input.UpdateExpression })
  const table = tableOf(input.TableName!, request)
  const key = readKey(table, input.Key!)
  checkKeysUnchanged(actions, keyNames(table.keys))
  return {
    table,
    key,
    condition,
    next: (before) => {
      const after = applyUpdate(actions, before ?? key)
      if (before !== undefined && isUnchanged(before, after)) return before
      checkItemSize(after, "Item size to update has exceeded the maximum allowed size")
      checkItemKeys(table, after, true)
      return after
    },
    touched: actions.map(({ path }) => path)
  }
}

const expressionsOf = (input: Expressions): Expressions => ({
  ConditionExpression: input.ConditionExpression,
  ExpressionAttributeNames: input.ExpressionAttributeNames,
  ExpressionAttributeValues: input.ExpressionAttributeValues
})

export const conditionFailed = (item: Item | undefined) =>
  new Fault({
    code: "ConditionalCheckFailedException",
    message: "The conditional request failed",
    members: item === undefined ? {} : { Item: item }
  })

/** What a change does, if its condition is true. */
export const changeOf = ({ condition, key, next, table }: Write) => {
  const before = findItem(table, key)
  const isTrue = condition === undefined || condition(before ?? {})
  return { before, isTrue, after: isTrue ? next(before) : before }
}

/** Makes a change, and returns the item before and after it. */
export const make = (
  write: Write,
  returnsOnFailure: string | undefined,
  { context }: Request
): { readonly before: Item | undefined; readonly after: Item | undefined } => {
  const { after, before, isTrue } = changeOf(write)
  if (!isTrue) throw conditionFailed(returnsOnFailure === "ALL_OLD" ? before : undefined)
  keep(write, after, context)
  return { before, after }
}

export const keep = ({ key, table }: Write, after: Item | undefined, context: Request["context"]): void => {
  if (after === undefined) removeItem(table, key)
  else storeItem(table, after, context)
}

/** The attributes that ReturnValues asks for; `undefined` if there are none. */
export const returned = (
  asked: string | undefined,
  { after, before }: { readonly before: Item | undefined; readonly after: Item | undefined },
  touched: ReadonlyArray<Path> = []
): Record<string, sdk.AttributeValue> | undefined => {
  const from = asked?.endsWith("OLD") === true ? before : asked?.endsWith("NEW") === true ? after : undefined
  if (from === undefined) return undefined
  if (asked!.startsWith("ALL")) return from
  const part = project(from, touched)
  return Object.keys(part).length === 0 ? undefined : part
}
