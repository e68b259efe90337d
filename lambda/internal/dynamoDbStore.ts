// Idempotency records in a table of DynamoDB.
import { type AttributeValue, DeleteItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { AwsError } from "../../errors/internal/awsError.ts"
import * as DynamoDb from "../../services/DynamoDb.ts"
import type { AwsClients } from "../../src/AwsClients.ts"
import { Defect } from "../../src/internal/defect.ts"
import { type Need, readMembers } from "../../src/internal/members.ts"
import type { IdempotencyRecord, IdempotencyRun, IdempotencyStore } from "./idempotency.ts"

/**
 * The table of an idempotency store, and how it names what a record has.
 *
 * @category idempotency
 * @since 0.1.0
 */
export interface IdempotencyTable {
  /** The name or the ARN of the table. */
  readonly table: string
  /** The partition key. By default `id`. It has the id of the record, unless there is a `sortKeyAttribute`. */
  readonly keyAttribute?: string | undefined
  /** The sort key of a table that has one. It has the id of the record then, and the partition key has the value `partition`. */
  readonly sortKeyAttribute?: string | undefined
  /** The value of the partition key in a table with a sort key. By default `idempotency#` and the name of the function. */
  readonly partition?: string | undefined
  /** When the record expires, in seconds since 1970. By default `expiration`. */
  readonly expiryAttribute?: string | undefined
  /** Until when a run holds the key, in milliseconds since 1970. By default `in_progress_expiration`. */
  readonly inProgressExpiryAttribute?: string | undefined
  /** `INPROGRESS` or `COMPLETED`. By default `status`. */
  readonly statusAttribute?: string | undefined
  /** The result. By default `data`. */
  readonly dataAttribute?: string | undefined
  /** The hash of the payload. By default `validation`. */
  readonly validationAttribute?: string | undefined
  /** The token of the run. By default `token`. */
  readonly tokenAttribute?: string | undefined
}

type Item = Record<string, AttributeValue>

type Json = null | boolean | number | string | ReadonlyArray<unknown> | Readonly<Record<string, unknown>>

const toValue = (json: Json): AttributeValue =>
  json === null
    ? { NULL: true }
    : typeof json === "boolean"
    ? { BOOL: json }
    : typeof json === "number"
    ? { N: String(json) }
    : typeof json === "string"
    ? { S: json }
    : Array.isArray(json)
    ? { L: json.map(toValue) }
    : {
      M: Object.fromEntries(
        Object.entries(json).flatMap(([name, one]) => one === undefined ? [] : [[name, toValue(one as Json)]])
      )
    }

/** JSON of a value; `undefined` for one that JSON doesn't have, such as bytes. */
const fromValue = (value: AttributeValue): unknown =>
  value.NULL === true
    ? null
    : value.N !== undefined
    ? Number(value.N)
    : value.L !== undefined
    ? value.L.map(fromValue)
    : value.M !== undefined
    ? Object.fromEntries(Object.entries(value.M).map(([name, one]) => [name, fromValue(one)]))
    : value.BOOL ?? value.S ?? value.SS ?? value.NS?.map(Number)

/** The item that AWS found where the condition didn't hold. */
const itemIn = (error: AwsError): { readonly Item?: Item } => (error.cause ?? {}) as { readonly Item?: Item }

const isConditionFailed = AwsError.hasCode("ConditionalCheckFailedException")

/** AWS says so of PutItem and UpdateItem, in the message of a ValidationException only. */
const isTooLarge = (error: AwsError): boolean =>
  error.code === "ValidationException" && /^Item size/i.test(error.reason.description)

export const makeStore = (options: IdempotencyTable): IdempotencyStore<AwsError, AwsClients> => {
  const {
    dataAttribute = "data",
    expiryAttribute = "expiration",
    inProgressExpiryAttribute = "in_progress_expiration",
    keyAttribute = "id",
    partition = `idempotency#${process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? ""}`,
    sortKeyAttribute,
    statusAttribute = "status",
    table: TableName,
    tokenAttribute = "token",
    validationAttribute = "validation"
  } = options
  const names = {
    "#data": dataAttribute,
    "#expiry": expiryAttribute,
    "#held": inProgressExpiryAttribute,
    "#id": keyAttribute,
    "#status": statusAttribute,
    "#token": tokenAttribute,
    "#validation": validationAttribute
  }
  const all = [...Object.values(names), ...(sortKeyAttribute === undefined ? [] : [sortKeyAttribute])]
  const twice = all.find((name, i) => all.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new Defect(`LambdaDynamoDb.idempotencyStore: two attributes have the name ${JSON.stringify(twice)}.`)
  }
  const namesOf = (...used: ReadonlyArray<keyof typeof names>): Record<string, string> =>
    Object.fromEntries(used.map((name) => [name, names[name]]))

  const keyOf = ({ id }: IdempotencyRun): Item =>
    sortKeyAttribute === undefined
      ? { [keyAttribute]: { S: id } }
      : { [keyAttribute]: { S: partition }, [sortKeyAttribute]: { S: id } }

  const seconds = (millis: number): AttributeValue => ({ N: String(Math.ceil(millis / 1000)) })

  const recordOf = (item: Item, need: Need): IdempotencyRecord => {
    const status = need(item[statusAttribute]?.S, statusAttribute)
    const payloadHash = item[validationAttribute]?.S || undefined
    if (status === "COMPLETED") {
      const data = item[dataAttribute]
      return { status: "Completed", payloadHash, data: data && fromValue(data) }
    }
    const expiry = Number(need(item[expiryAttribute]?.N, expiryAttribute)) * 1000
    return {
      status: "InProgress",
      until: Math.min(Number(item[inProgressExpiryAttribute]?.N ?? Infinity), expiry),
      payloadHash
    }
  }

  const isOwn = "attribute_not_exists(#id) OR #token = :token"

  const release = (run: IdempotencyRun) =>
    DynamoDb.send(
      new DeleteItemCommand({
        TableName,
        Key: keyOf(run),
        ConditionExpression: isOwn,
        ExpressionAttributeNames: namesOf("#id", "#token"),
        ExpressionAttributeValues: { ":token": { S: run.token } }
      })
    ).pipe(Effect.asVoid, Effect.catchIf(isConditionFailed, () => Effect.void))

  return {
    begin: (beginning) => {
      const { expiresAt, inProgressUntil, now, payloadHash, token } = beginning
      return DynamoDb.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keyOf(beginning),
            [tokenAttribute]: { S: token },
            [statusAttribute]: { S: "INPROGRESS" },
            [expiryAttribute]: seconds(expiresAt),
            [inProgressExpiryAttribute]: { N: String(inProgressUntil) },
            ...(payloadHash !== undefined && { [validationAttribute]: { S: payloadHash } })
          },
          // With its own token, the record was put by an earlier attempt of this call, whose answer was lost.
          ConditionExpression: `${isOwn} OR #expiry <= :now OR (#status = :inProgress AND #held <= :millis)`,
          ExpressionAttributeNames: namesOf("#id", "#token", "#expiry", "#status", "#held"),
          ExpressionAttributeValues: {
            ":token": { S: token },
            ":now": { N: String(now / 1000) },
            ":millis": { N: String(now) },
            ":inProgress": { S: "INPROGRESS" }
          },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD"
        })
      ).pipe(
        Effect.as(undefined),
        Effect.catch((error: AwsError): Effect.Effect<IdempotencyRecord | undefined, AwsError, AwsClients> =>
          isConditionFailed(error)
            ? readMembers(
              { service: "DynamoDB", operation: "PutItem" },
              itemIn(error),
              ({ Item }, need) => recordOf(need(Item, "Item"), need)
            )
            : error.mayHaveSucceeded
            ? Effect.andThen(Effect.ignore(release(beginning)), Effect.fail(error))
            : Effect.fail(error)
        )
      )
    },

    complete: (run, { data, expiresAt, payloadHash }) =>
      DynamoDb.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf(run),
          UpdateExpression: "SET #status = :completed, #expiry = :expiry, #token = :token" +
            (data === undefined ? "" : ", #data = :data") +
            (payloadHash === undefined ? "" : ", #validation = :validation"),
          ConditionExpression: isOwn,
          ExpressionAttributeNames: namesOf(
            "#id",
            "#status",
            "#expiry",
            "#token",
            ...(data === undefined ? [] : ["#data" as const]),
            ...(payloadHash === undefined ? [] : ["#validation" as const])
          ),
          ExpressionAttributeValues: {
            ":completed": { S: "COMPLETED" },
            ":expiry": seconds(expiresAt),
            ":token": { S: run.token },
            ...(data !== undefined && { ":data": toValue(data as Json) }),
            ...(payloadHash !== undefined && { ":validation": { S: payloadHash } })
          }
        })
      ).pipe(
        Effect.as("Saved" as const),
        Effect.catchIf(isConditionFailed, () => Effect.succeed("TakenOver" as const)),
        Effect.catchIf(isTooLarge, () => Effect.succeed("TooLarge" as const))
      ),

    release
  }
}
