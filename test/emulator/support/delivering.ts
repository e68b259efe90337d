// Rules and targets of EventBridge, and what they deliver.
import {
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type Target
} from "@aws-sdk/client-eventbridge"
import { Effect } from "effect"
import { EventBridge, InMemory } from "effect-aws-sdk"

export const lambda = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`
export const queue = (name: string, account = "123456789012") => `arn:aws:sqs:us-east-1:${account}:${name}`

/** Puts a rule with these targets. Their ids are `t0`, `t1` … */
export const rule = (
  Name: string,
  { EventBusName, ...members }: Partial<PutRuleCommandInput>,
  ...targets: ReadonlyArray<Partial<Target> & Pick<Target, "Arn">>
) =>
  Effect.andThen(
    EventBridge.send(new PutRuleCommand({ Name, EventBusName, ...members })),
    EventBridge.send(
      new PutTargetsCommand({
        EventBusName,
        Rule: Name,
        Targets: targets.map((target, i) => ({ Id: `t${i}`, ...target }))
      })
    )
  )

export const from = (source: string) => ({ EventPattern: JSON.stringify({ source: [source] }) })

export const put = (detail: object, entry: Partial<PutEventsRequestEntry> = {}) =>
  EventBridge.send(
    new PutEventsCommand({
      Entries: [{ Source: "shop", DetailType: "Order", Detail: JSON.stringify(detail), ...entry }]
    })
  )

/** What was delivered to a target, or to all of them. */
export const received = (Arn?: string) =>
  Effect.map(
    InMemory.delivered,
    (all) => all.filter(({ target }) => Arn === undefined || target === Arn).map(({ input }) => input as any)
  )

/** The attributes of the messages in a dead-letter queue. */
export const deadLetters = (Arn: string) =>
  Effect.map(InMemory.delivered, (all) =>
    all.filter(({ target }) => target === Arn).map(({ settings }) => {
      const { MessageAttributes } = settings as { MessageAttributes: Record<string, { StringValue: string }> }
      return Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]))
    }))
