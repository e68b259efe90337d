// The program as a Lambda function, which a schedule invokes.
import type { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Lambda from "effect-aws-sdk/Lambda"
import type * as Layer from "effect/Layer"
import * as Clients from "./Clients.ts"
import * as Report from "./Report.ts"

/** Takes the Layer, so that a test can pass the one in memory. */
export const makeHandler = <E>(layer: Layer.Layer<AwsClients, E>) =>
  Lambda.handler({ layer, handler: () => Report.write() })

export const handler = makeHandler(Clients.onAws)
