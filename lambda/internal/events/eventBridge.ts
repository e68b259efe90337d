// Events that EventBridge delivers, and schedules.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import { shorten } from "../../../errors/internal/shorten.ts"
import { type EventType, eventTypes } from "../../../src/internal/eventTypes.ts"
import { titled } from "./parts.ts"

/**
 * An event that EventBridge delivers.
 *
 * AWS: [Event structure](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html)
 *
 * @category models
 * @since 0.1.0
 */
export interface EventBridgeEnvelope<
  out Source extends string = string,
  out DetailType extends string = string,
  out Detail = unknown
> {
  /** The version of the envelope: `0`. */
  readonly version: string
  /** The id that `PutEvents` returned. */
  readonly id: string
  /** What kind of event it is, together with the `source`. */
  readonly "detail-type": DetailType
  /** What sent the event: `aws.ec2`, or a name of your own. */
  readonly source: Source
  /** The account where the event was put. */
  readonly account: string
  /** The time of the event, which its sender may set. */
  readonly time: Date
  /** The region where the event was put. */
  readonly region: string
  /** ARNs of what the event is about. */
  readonly resources: ReadonlyArray<string>
  /** What the event says, by the schema of its type. */
  readonly detail: Detail
  /** The name of the replay that delivers the event again, if one does. */
  readonly "replay-name"?: string
}

/**
 * An event as EventBridge delivers it. {@link EventBridgeEnvelope} says what the members mean.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventBridgeEventEncoded {
  /** The version of the envelope. */
  readonly version: string
  /** The id of the event. */
  readonly id: string
  /** What kind of event it is. */
  readonly "detail-type": string
  /** What sent the event. */
  readonly source: string
  /** The account where it was put. */
  readonly account: string
  /** The time of the event, as in `2026-07-01T12:00:00Z`. */
  readonly time: string
  /** The region where it was put. */
  readonly region: string
  /** ARNs of what the event is about. */
  readonly resources: ReadonlyArray<string>
  /** JSON. */
  readonly detail: unknown
  /** The name of the replay, if one delivers the event again. */
  readonly "replay-name"?: string
}

type EnvelopeOf<T extends EventType> = T extends EventType<any, infer Source, infer DetailType>
  ? EventBridgeEnvelope<Source, DetailType, T["detail"]["Type"]>
  : never

const fields = <Detail extends Schema.Constraint>(detail: Detail) => ({
  version: Schema.String,
  id: Schema.String,
  "detail-type": Schema.String,
  source: Schema.String,
  account: Schema.String,
  time: Schema.DateFromString,
  region: Schema.String,
  resources: Schema.Array(Schema.String),
  detail,
  "replay-name": Schema.optionalKey(Schema.String)
})

/** Names of types, which tell nobody's secret. */
const named = (event: { readonly source: string; readonly "detail-type": string }) =>
  `${shorten(event["detail-type"])} of ${shorten(event.source)}`

const TITLE = "an event of EventBridge"

/**
 * An event that EventBridge delivers, with a detail of one of several types. Without types, it's any event, and the detail
 * is JSON.
 *
 * - `types`: classes of `EventBridge.Event`, or any `{ source, detailType, detail }`, which is how to describe an event of
 *   AWS's own.
 *
 * To have only the detail, use `EventBridge.decodeOneOf` in a handler.
 *
 * **Example** (An event of AWS's own)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const StateChange = {
 *   source: "aws.ec2",
 *   detailType: "EC2 Instance State-change Notification",
 *   detail: Schema.Struct({ "instance-id": Schema.String, state: Schema.String })
 * } as const
 *
 * const onStateChange = Lambda.on(Lambda.EventBridgeEvent([StateChange]), ({ account, detail }) =>
 *   Effect.logInfo(`${detail["instance-id"]} of ${account} is ${detail.state}`))
 * ```
 *
 * AWS: [Event structure](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html)
 *
 * @category events
 * @since 0.1.0
 */
export const EventBridgeEvent: {
  (): Schema.Codec<EventBridgeEnvelope, EventBridgeEventEncoded>
  <const Types extends ReadonlyArray<EventType>>(
    types: Types
  ): Schema.Codec<EnvelopeOf<Types[number]>, EventBridgeEventEncoded>
} = (types?: ReadonlyArray<EventType>): any => {
  const Any = Schema.Struct(fields(Schema.Unknown)).annotate(titled(TITLE))
  if (types === undefined) return Any
  const { codecOf, expected } = eventTypes(types)
  type Any = typeof Any.Type
  const byType = (way: "decode" | "encode") => (event: Any): Effect.Effect<Any, SchemaIssue.Issue> => {
    const codec = codecOf(event.source, event["detail-type"])
    return codec === undefined
      ? Effect.fail(new SchemaIssue.InvalidValue({ message: `${expected}, got ${named(event)}` }))
      : codec[way](event.detail).pipe(
        Effect.map((detail) => ({ ...event, detail })),
        Effect.mapError(({ issue }) => new SchemaIssue.Pointer(["detail"], issue))
      )
  }
  const One = Schema.Union(types.map(({ detail, detailType, source }) =>
    Schema.Struct({
      ...fields(Schema.toType(detail)),
      time: Schema.Date,
      source: Schema.Literal(source),
      "detail-type": Schema.Literal(detailType)
    })
  ))
  return Any.pipe(
    Schema.decodeTo(One, {
      decode: SchemaGetter.transformEffect(byType("decode")) as SchemaGetter.Getter<any, Any>,
      encode: SchemaGetter.transformEffect(byType("encode"))
    })
  ).annotate(titled(TITLE, EventBridgeEvent))
}

/**
 * What a schedule delivers, if it isn't given an input of its own: a rule of EventBridge (`source` is `aws.events`), or
 * EventBridge Scheduler (`aws.scheduler`). `resources` has the ARN of the rule or the schedule.
 *
 * A schedule with an input delivers just that. Use {@link on} with the input's schema.
 *
 * **Example** (At a time)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const nightly = Lambda.on(Lambda.ScheduledEvent, ({ time }) => Effect.logInfo(`the night before ${time.toISOString()}`))
 * ```
 *
 * AWS: [Rules](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html),
 * [Scheduler](https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html)
 *
 * @category events
 * @since 0.1.0
 */
export const ScheduledEvent = /* @__PURE__ */ Schema.Struct({
  .../* @__PURE__ */ fields(Schema.Unknown),
  source: /* @__PURE__ */ Schema.Literals(["aws.events", "aws.scheduler"]),
  "detail-type": /* @__PURE__ */ Schema.Literal("Scheduled Event")
}).annotate(titled("a scheduled event"))
