// Handlers that take an event by its schema.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LambdaEventNotDecodable } from "../../../errors/internal/lambdaErrors.ts"
import type { Context, EventHandler } from "../invocation.ts"
import { assertFunction, returned } from "../returned.ts"
import { ENVELOPE, WIRE } from "./parts.ts"

/** What a schema says that it is: its title or its identifier. */
const expectedOf = ({ ast }: Schema.Constraint): string => {
  const { identifier, title } = ast.annotations ?? {}
  return typeof title === "string" ? title : typeof identifier === "string" ? identifier : "what its handler takes"
}

/** Says of an event that doesn't match whether it has AWS's form, and only what it carries is wrong. */
const mismatchOf = (
  { ast }: Schema.Constraint
): (event: unknown) => Effect.Effect<{ readonly mismatch?: "Content" | "Event"; readonly issue?: string }> => {
  const envelope = ast.annotations?.[ENVELOPE]
  if (typeof envelope !== "function") return () => Effect.succeed({})
  const decode = Schema.decodeUnknownEffect(envelope() as Schema.ConstraintDecoder<unknown>)
  return (event) =>
    Effect.match(decode(event), {
      onSuccess: () => ({ mismatch: "Content" }),
      onFailure: ({ message }) => ({ mismatch: "Event", issue: message })
    })
}

/** Decodes by a schema; fails with what was expected and where the mismatch is. */
export const decoder = <A, RD>(
  schema: Schema.ConstraintDecoder<A, RD>,
  expected: string
): (event: unknown) => Effect.Effect<A, LambdaEventNotDecodable, RD> => {
  const decode = Schema.decodeUnknownEffect(schema)
  const mismatch = mismatchOf(schema)
  return (event) =>
    Effect.catch(
      decode(event),
      ({ message }) =>
        Effect.flatMap(mismatch(event), (of) =>
          Effect.fail(new LambdaEventNotDecodable({ expected, issue: message, ...of })))
    )
}

/**
 * Makes a handler of an Effect that takes the event by its schema: one of the events of this module, or any schema that
 * decodes JSON.
 *
 * - `schema`: of the event. Members of the event that it doesn't have are ignored, as AWS adds members to its events.
 * - `f`: what runs, with the decoded event and the invocation's context.
 *
 * **Errors**: `LambdaEventNotDecodable` if the event doesn't match; it says where, and shows no value. Those of `f`. Throws a
 * `TypeError` if `schema` isn't a Schema or `f` isn't a function.
 *
 * **Requires** what `f` and the schema require.
 *
 * **Example** (Two types of event from EventBridge)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
 *   source: "shop",
 *   detailType: "OrderPlaced",
 *   fields: { orderId: Schema.String, at: Schema.Date }
 * }) {}
 *
 * class OrderShipped extends EventBridge.Event<OrderShipped>()({
 *   source: "shop",
 *   detailType: "OrderShipped",
 *   fields: { orderId: Schema.String, parcels: Schema.Int }
 * }) {}
 *
 * const onOrder = Lambda.on(Lambda.EventBridgeEvent([OrderPlaced, OrderShipped]), (event) =>
 *   event["detail-type"] === "OrderPlaced"
 *     ? Effect.logInfo(`placed at ${event.detail.at}`)
 *     : Effect.logInfo(`shipped in ${event.detail.parcels} parcels`)
 * )
 * ```
 *
 * **Example** (An event of one's own)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const onInvoice = Lambda.on(Schema.Struct({ number: Schema.Int }), ({ number }) => Effect.logInfo(`invoice ${number}`))
 * ```
 *
 * AWS: [Events](https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-signatures)
 *
 * @category events
 * @since 0.1.0
 */
export const on = <Event, RD, A, E, R>(
  schema: Schema.ConstraintDecoder<Event, RD>,
  f: (event: Event, context: Context) => Effect.Effect<A, E, R>
): EventHandler<A, E | LambdaEventNotDecodable, R | RD> => {
  if (!Schema.isSchema(schema)) {
    throw new TypeError(
      "The first argument of Lambda.on isn't a Schema. Pass the Schema of the event, such as `Lambda.SqsEvent(Order)`."
    )
  }
  assertFunction("The second argument of Lambda.on", f)
  // The codec of JSON would refuse what JSON can't have, but an event in a test can: a member that is undefined.
  const codec = schema.ast.annotations?.[WIRE] === true ? schema : Schema.toCodecJson(schema)
  const decode = decoder<Event, RD>(codec, expectedOf(schema))
  return (event, context) =>
    Effect.flatMap(decode(event), (decoded) => returned("The function of Lambda.on", f(decoded, context)))
}
