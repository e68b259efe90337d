/** In-memory DynamoDB: the keys of items, and the items by their keys. */
import { createHash } from "node:crypto"
import type { HandlerContext } from "../engine/service.ts"
import { deletedAt, type Index, invalid, type KeyAttribute, type Keys, type Partition, type Table } from "./state.ts"
import { canonicalValue, compareValues, type Item, readItem, sizeOf, typeOf, validation, type Value } from "./values.ts"

const MOST_OF_HASH = 2048
const MOST_OF_RANGE = 1024

const keyAttributes = ({ hash, range }: Keys): ReadonlyArray<KeyAttribute> =>
  range === undefined ? [hash] : [hash, range]

export const keyNames = (keys: Keys): ReadonlyArray<string> => keyAttributes(keys).map(({ name }) => name)

const isEmpty = (value: Value): boolean => value.S === "" || value.B?.length === 0

const attribute = (item: Item, name: string): Value | undefined => Object.hasOwn(item, name) ? item[name] : undefined

const checkSize = (value: Value, isHash: boolean): void => {
  const size = sizeOf(value)
  if (isHash && size > MOST_OF_HASH) {
    throw invalid(`Size of hashkey has exceeded the maximum size limit of${MOST_OF_HASH} bytes`)
  }
  if (!isHash && size > MOST_OF_RANGE) {
    throw invalid(`Aggregated size of all range keys has exceeded the size limit of ${MOST_OF_RANGE} bytes`)
  }
}

export const checkNotEmpty = (value: Value, { name }: KeyAttribute): void => {
  if (!isEmpty(value)) return
  throw validation(
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " +
      `${value.S === "" ? "string" : "binary"} value. Key: ${name}`
  )
}

/** The key of a request that names an item: exactly the attributes of the table's key. */
export const readKey = (table: Table, sent: Item): Item => {
  const key = readItem(sent)
  const attributes = keyAttributes(table.keys)
  const fits = Object.keys(key).length === attributes.length && attributes.every(({ name, type }) => {
    const value = attribute(key, name)
    return value !== undefined && typeOf(value) === type
  })
  if (!fits) throw validation("The provided key element does not match the schema")
  for (const [i, one] of attributes.entries()) {
    checkNotEmpty(key[one.name]!, one)
    checkSize(key[one.name]!, i === 0)
  }
  return key
}

/**
 * Refuses an item without the table's key, or whose attributes don't fit into the keys of an index. AWS has other words if they come
 * from an update.
 */
export const checkItemKeys = (table: Table, item: Item, isUpdated = false): void => {
  for (const [i, one] of keyAttributes(table.keys).entries()) {
    const value = attribute(item, one.name)
    if (value === undefined) throw invalid(`Missing the key ${one.name} in the item`)
    if (typeOf(value) !== one.type) {
      throw invalid(`Type mismatch for key ${one.name} expected: ${one.type} actual: ${typeOf(value)}`)
    }
    checkNotEmpty(value, one)
    checkSize(value, i === 0)
  }
  for (const index of table.indexes) {
    for (const one of keyAttributes(index)) {
      const value = attribute(item, one.name)
      if (value === undefined) continue
      if (isUpdated) {
        if (typeOf(value) !== one.type) {
          throw validation("The update expression attempted to update the secondary index key to unsupported type")
        }
        if (isEmpty(value)) {
          throw validation(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a " +
              "value that is not supported. The AttributeValue for a key attribute cannot contain an empty " +
              `${value.S === "" ? "string" : "binary"} value.`
          )
        }
        continue
      }
      if (typeOf(value) !== one.type) {
        throw invalid(
          `Type mismatch for Index Key ${one.name} Expected: ${one.type} Actual: ${
            typeOf(value)
          } IndexName: ${index.name}`
        )
      }
      if (isEmpty(value)) {
        throw validation(
          "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The " +
            `AttributeValue for a key attribute cannot contain an empty ${
              value.S === "" ? "string" : "binary"
            } value. ` +
            `IndexName: ${index.name}, IndexKey: ${one.name}`
        )
      }
    }
  }
}

export const keyOf = (keys: Keys, item: Item): Item =>
  Object.fromEntries(keyNames(keys).map((name) => [name, item[name]!]))

/** A text that tells the keys of a table's items apart. */
export const keyText = ({ keys }: Table, item: Item): string =>
  keyNames(keys).map((name) => canonicalValue(item[name]!)).join()

/** The order of two items with the same partition key. */
const compareRange = ({ range }: Keys, a: Item, b: Item): number =>
  range === undefined ? 0 : compareValues(a[range.name]!, b[range.name]!)!

// Items in their partitions

/** Where an item is in its partition, or would be. */
const search = (items: ReadonlyArray<Item>, keys: Keys, key: Item): readonly [at: number, isThere: boolean] => {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const order = compareRange(keys, items[middle]!, key)
    if (order === 0) return [middle, true]
    if (order < 0) low = middle + 1
    else high = middle
  }
  return [low, false]
}

const partitionKey = ({ keys }: Table, item: Item): string => canonicalValue(item[keys.hash.name]!)

export const findItem = (table: Table, key: Item): Item | undefined => {
  const partition = table.partitions.get(partitionKey(table, key))
  if (partition === undefined) return undefined
  const [at, isThere] = search(partition.items, table.keys, key)
  return isThere ? partition.items[at] : undefined
}

export const storeItem = (table: Table, item: Item, context: HandlerContext): void => {
  const key = partitionKey(table, item)
  let partition = table.partitions.get(key)
  if (partition === undefined) {
    const hash = item[table.keys.hash.name]!
    partition = { hash, order: placeOf(hash), items: [] }
    table.partitions.set(key, partition)
  }
  const [at, isThere] = search(partition.items, table.keys, item)
  partition.items.splice(at, isThere ? 1 : 0, item)
  table.nextExpiry = Math.min(table.nextExpiry, deletedAt(table, item, context))
}

export const removeItem = (table: Table, key: Item): void => {
  const partition = table.partitions.get(partitionKey(table, key))
  if (partition === undefined) return
  const [at, isThere] = search(partition.items, table.keys, key)
  if (isThere) partition.items.splice(at, 1)
  if (partition.items.length === 0) table.partitions.delete(partitionKey(table, key))
}

/** Like AWS, a scan reads the partitions in the order of a hash. */
const orderOf = (key: string): string => createHash("md5").update(key).digest("hex")

const places = new WeakMap<Value, string>()

/** Where a scan comes to the items with this partition key. The same text stands for equal values only. */
export const placeOf = (value: Value): string => {
  let place = places.get(value)
  if (place === undefined) places.set(value, place = orderOf(canonicalValue(value)))
  return place
}

// Lists of items, in the order of a table or an index

/** Compares two items' places in a scan of a table or an index. */
export type Order = (a: Item, b: Item) => number

const byPrimaryKey = (table: Table): Order => (a, b) => {
  const [x, y] = [a, b].map((item) => placeOf(item[table.keys.hash.name]!)) as [string, string]
  if (x === y) return compareRange(table.keys, a, b)
  return x < y ? -1 : 1
}

export const scanOrder = (table: Table, index: Index | undefined): Order => {
  const primary = byPrimaryKey(table)
  if (index === undefined) return primary
  return (a, b) => {
    const [x, y] = [a, b].map((item) => placeOf(item[index.hash.name]!)) as [string, string]
    if (x !== y) return x < y ? -1 : 1
    return compareRange(index, a, b) || primary(a, b)
  }
}

const partitionsInOrder = (table: Table): ReadonlyArray<Partition> =>
  [...table.partitions.values()].sort((a, b) => a.order < b.order ? -1 : a.order > b.order ? 1 : 0)

const isIn = (index: Index, item: Item): boolean => keyNames(index).every((name) => Object.hasOwn(item, name))

/** All items of a table or an index, in the order of a scan. */
export const allItems = (table: Table, index: Index | undefined): ReadonlyArray<Item> => {
  const items = partitionsInOrder(table).flatMap(({ items }) => items)
  return index === undefined ? items : items.filter((item) => isIn(index, item)).sort(scanOrder(table, index))
}

/** The items of a table or an index with a partition key, by their sort keys. */
export const itemsOf = (table: Table, index: Index | undefined, hash: Value): ReadonlyArray<Item> => {
  if (index === undefined) return table.partitions.get(canonicalValue(hash))?.items ?? []
  const wanted = placeOf(hash)
  return [...table.partitions.values()]
    .flatMap(({ items }) => items)
    .filter((item) => isIn(index, item) && placeOf(item[index.hash.name]!) === wanted)
    .sort(scanOrder(table, index))
}
