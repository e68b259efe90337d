import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb"
import { Effect, Ref, Schedule, Stream } from "effect"
import { Polling } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"

type Item = Record<string, unknown>

/** DynamoDB takes 25 items in a call, and gives back those that it has no capacity for. */
const put = Effect.fn("put")(function*(table: string, items: ReadonlyArray<Item>) {
  const left = yield* Ref.make({ [table]: items.map((Item) => ({ PutRequest: { Item } })) })
  const write = Ref.get(left).pipe(
    Effect.flatMap((RequestItems) => DynamoDb.send(new BatchWriteCommand({ RequestItems }))),
    Effect.map(({ UnprocessedItems: { [table]: again = [] } = {} }) =>
      again.map(({ PutRequest }) => ({ PutRequest: { Item: PutRequest?.Item ?? {} } }))
    ),
    Effect.tap((again) => Ref.set(left, { [table]: again }))
  )
  yield* Polling.waitUntil(write, {
    until: (again) => again.length === 0,
    waitingFor: `${table} to take ${items.length} items`,
    schedule: Schedule.jittered(Schedule.exponential("100 millis")),
    timeout: "1 minute"
  })
})

export const putAll = <E, R>(table: string, items: Stream.Stream<Item, E, R>) =>
  items.pipe(Stream.grouped(25), Stream.runForEach((batch) => put(table, batch)))
