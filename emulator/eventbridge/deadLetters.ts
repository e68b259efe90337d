// Events that EventBridge couldn't send go to the target's dead-letter queue, or are dropped.
import type * as sdk from "@aws-sdk/client-eventbridge"
import type { HandlerContext } from "../engine/service.ts"
import type { Event, Place } from "./event.ts"

export interface Undelivered {
  /** One of the codes in "Using dead-letter queues to process undelivered events". */
  readonly code: string
  readonly message: string
  readonly event: Event
  readonly place: Place
  readonly ruleArn: string
  readonly target: sdk.Target
}

const attribute = (StringValue: string) => ({ DataType: "String", StringValue })

export const deadLetter = (
  { code, event, message, place, ruleArn, target: { Arn = "", DeadLetterConfig } }: Undelivered,
  context: HandlerContext
): void => {
  if (DeadLetterConfig?.Arn === undefined) return
  context.deliver({
    from: ruleArn,
    target: DeadLetterConfig.Arn,
    input: event,
    settings: {
      MessageAttributes: {
        RULE_ARN: attribute(ruleArn),
        TARGET_ARN: attribute(Arn),
        ERROR_CODE: attribute(code),
        ERROR_MESSAGE: attribute(message)
      }
    }
  }, place)
}
