// Where the AWS clients come from. The program asks for `AwsClients`, and only this file chooses.
// `@__PURE__` lets a bundle leave out those that it doesn't use.
import type { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Compute from "effect-aws-sdk/Compute"
import * as Default from "effect-aws-sdk/Default"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Your machine and CI: the first credentials that are configured, as in the AWS CLI. AWS_PROFILE chooses a profile. */
export const local = /* @__PURE__ */ Default.layer()

/** Lambda, ECS, EKS and EC2: the role of the compute, and nothing else. */
export const onAws = /* @__PURE__ */ Compute.layer()

/** An AWS in memory: no account, no network. The import is dynamic, so that only a demo loads it. */
export const inMemory: Layer.Layer<AwsClients> = /* @__PURE__ */ Layer.unwrap(
  /* @__PURE__ */ Effect.map(/* @__PURE__ */ Effect.promise(() => import("./World.ts")), ({ layer }) => layer)
)
