// Each list of the in-memory AWS reads its token: it refuses a made-up one with AWS's error. botocore tells which operations are lists.
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Result } from "effect"
import { type AwsError, InMemory } from "effect-aws-sdk"
import { service } from "../support/botocore.ts"
import { botocoreNames, call } from "./support/handled.ts"
import { createParents } from "./support/parents.ts"

const isAvailable = Result.isSuccess(await Effect.runPromise(Effect.result(service("sts"))))

/** The members of inputs that say where a page begins. Tokens are opaque, the others are keys that a caller can make up. */
const tokens = ["NextToken", "nextToken", "ContinuationToken"]
const keys = ["Marker", "ExclusiveStartTableName", "ExclusiveStartKey", "KeyMarker", "PartNumberMarker"]

/** Lists that take a made-up token, with the reason. */
const accepted: Readonly<Record<string, string>> = {
  "DynamoDB ListTables": "The token is the name of a table, which needn't exist.",
  "DynamoDB Query": "The token is a key of an item, which needn't exist.",
  "DynamoDB Scan": "The token is a key of an item, which needn't exist.",
  "S3 GetObjectAttributes": "The token is the number of a part.",
  "S3 ListMultipartUploads": "The token is a key of an object, which needn't exist.",
  "S3 ListObjectVersions": "The token is a key of an object, which needn't exist.",
  "S3 ListObjects": "The token is a key of an object, which needn't exist.",
  "S3 ListParts": "The token is the number of a part."
}

it.effect.skipIf(!isAvailable)("every list refuses a token that AWS hasn't issued", () =>
  Effect.gen(function*() {
    const { operations, services } = yield* createParents
    const wrong: Array<string> = []
    let count = 0
    for (const [id, name] of Object.entries(botocoreNames)) {
      for (const operation of (yield* service(name)).operations) {
        const title = `${id} ${operation.name}`
        if (!InMemory.commands[id]!.includes(operation.name) || title in accepted) continue
        const token = [...tokens, ...keys].find((one) => operation.input.has(one))
        if (token === undefined) {
          if (operation.paginator !== undefined) wrong.push(`${title} has another token: ${operation.paginator.inputs}`)
          continue
        }
        count++
        const known = Object.entries(services[id] ?? {}).filter(([member]) => operation.required.includes(member))
        const input = { ...Object.fromEntries(known), ...operations[title], [token]: "bWFkZS11cA" }
        const exit = yield* Effect.exit(call(id, operation.name, input))
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) as AwsError : undefined
        const isRefused = /token|marker/i.test(`${error?.code} ${error?.message.replace(/^[^:]*: /, "")}`) &&
          error?.statusCode === 400
        if (!isRefused) wrong.push(`${title}: ${error?.message ?? JSON.stringify(exit)}`)
      }
    }
    assert.deepEqual(wrong, [])
    assert.isAtLeast(count, 140)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 1 }))))
