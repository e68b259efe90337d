// A function that processes a queue of orders, for test/lambda/batches.test.ts.
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Order = Schema.Struct({ orderId: Schema.String, does: Schema.Literals(["succeed", "fail", "die", "hang"]) })

class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly orderId: string }> {}

export const handler = Lambda.handler({
  handler: Lambda.sqsBatch(Order, ({ does, orderId }) => {
    switch (does) {
      case "succeed":
        return Effect.log(`processed ${orderId}`)
      case "fail":
        return Effect.fail(new OutOfStock({ orderId }))
      case "die":
        return Effect.die(new TypeError("no such method"))
      case "hang":
        return Effect.never
    }
  })
})
