/**
 * In-memory DynamoDB: tables with their indexes, items and expressions, batches and transactions, and items that expire. Reads are
 * always consistent. Expired items are deleted two days after their time: on AWS, it takes a few days at most, and reads still find
 * them until then. There are no streams, backups, global tables or PartiQL.
 */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { service } from "../engine/service.ts"
import { authorization } from "./authorization.ts"
import { batches } from "./batches.ts"
import { items } from "./items.ts"
import { reads } from "./reads.ts"
import { empty } from "./state.ts"
import { tables } from "./tables.ts"
import { tableTags } from "./tableTags.ts"
import { transactions } from "./transactions.ts"
import { ttl } from "./ttl.ts"

export const dynamoDb = service<typeof sdk>()({
  serviceId: "DynamoDB",
  namespace: "com.amazonaws.dynamodb",
  scope: "region",
  state: empty,
  authorization,
  handlers: { ...tables, ...tableTags, ...ttl, ...items, ...reads, ...batches, ...transactions }
})
