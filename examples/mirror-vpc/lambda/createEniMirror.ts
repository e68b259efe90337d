// The target of the rule for CreateEniMirror events on the cluster's event bus.
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Handlers from "../Handlers.ts"
import { layer } from "./layer.ts"

export const handler = Lambda.handler({
  layer,
  handler: (event) => Handlers.createEniMirror(event),
  // An invocation that is interrupted takes back what it has begun. That takes two calls.
  deadlineMargin: "2 seconds"
})
