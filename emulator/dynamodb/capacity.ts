/** In-memory DynamoDB: the capacity that a request consumes. Only that of tables without indexes is counted. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { Unsupported } from "../engine/unsupported.ts"
import type { Table } from "./state.ts"
import { type Item, itemSize } from "./values.ts"

/** The units of a write, which the larger of an item before and after it takes. */
export const writeUnits = (...items: ReadonlyArray<Item | undefined>): number =>
  Math.max(1, ...items.map((item) => item === undefined ? 0 : Math.ceil(itemSize(item) / 1024)))

/** The units of a read of so many bytes. */
export const readUnits = (bytes: number, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4096)) * (isConsistent ? 1 : 0.5)

/** AWS answers ReturnItemCollectionMetrics for tables with local indexes only. */
export const checkMetrics = (table: Table, asked: string | undefined): void => {
  if (asked === "SIZE" && table.indexes.some(({ isGlobal }) => !isGlobal)) {
    throw new Unsupported(
      "The in-memory DynamoDB doesn't measure item collections (ReturnItemCollectionMetrics: SIZE)."
    )
  }
}

export const consumed = (
  table: Table,
  asked: string | undefined,
  CapacityUnits: number
): sdk.ConsumedCapacity | undefined => {
  if (asked === undefined || asked === "NONE") return undefined
  if (table.indexes.length > 0) {
    throw new Unsupported(
      `The in-memory DynamoDB doesn't count the capacity of tables with indexes (ReturnConsumedCapacity: ${asked}).`
    )
  }
  return { TableName: table.name, CapacityUnits, ...(asked === "INDEXES" && { Table: { CapacityUnits } }) }
}
