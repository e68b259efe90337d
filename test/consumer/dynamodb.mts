// A project that has one client, whose module isn't part of the root.
import { ListTablesCommand } from "@aws-sdk/client-dynamodb"
import { Effect } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
import assert from "node:assert/strict"

const tables = DynamoDb.send(new ListTablesCommand({})).pipe(Effect.map(({ TableNames }) => TableNames))
const store = LambdaDynamoDb.idempotencyStore({ table: "none" })
const once = Lambda.idempotent("key", Effect.void, { store, expiry: "1 hour", name: "once" })
const program = Effect.all([tables, Effect.flip(once)]).pipe(Effect.provide(InMemory.layer()))
const [names, failure] = await Effect.runPromise(program)
assert.deepEqual(names, [])
assert.equal(failure._tag, "AwsError")
console.log(failure.message)
