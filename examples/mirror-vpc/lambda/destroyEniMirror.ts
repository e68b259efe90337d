// The target of the rule for DestroyEniMirror events on the cluster's event bus.
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Handlers from "../Handlers.ts"
import { layer } from "./layer.ts"

export const handler = Lambda.handler({ layer, handler: (event) => Handlers.destroyEniMirror(event) })
