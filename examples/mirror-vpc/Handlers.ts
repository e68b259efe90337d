// The event handlers behind the cluster's bus. `lambda/` makes a Lambda function of each; on the in-memory AWS, `Functions.ts` runs them.
import { Effect, Exit } from "effect"
import { arkime, CloudWatch, Ec2, EventBridge, Ssm } from "effect-aws-sdk"
import { inClusterAccount } from "./Accounts.ts"
import { names } from "./Records.ts"
import * as Steps from "./Steps.ts"

/**
 * Mirrors the interface that the event names and records the session, unless the interface is already mirrored or its type
 * can't be. The session and its record are created together or not at all.
 */
export const createEniMirror = Effect.fn("createEniMirror")(function*(delivered: unknown) {
  const event = yield* EventBridge.decode(arkime.CreateEniMirrorEvent, delivered)
  const { clusterName, eniId, eniType, subnetId, trafficFilterId, vni, vpcId } = event
  const record = names.eni(clusterName, vpcId, subnetId, eniId)
  const metric = (outcome: arkime.CreateEniMirrorOutcome) =>
    inClusterAccount(
      CloudWatch.putMetrics([new arkime.CreateEniMirrorEventMetrics({ clusterName, vpcId, outcome })])
    )

  const mirror = Effect.gen(function*() {
    const { mirrorTargetId } = yield* Steps.subnetRecord(names.subnet(clusterName, vpcId, subnetId))
    yield* Effect.acquireUseRelease(
      Steps.createSession({
        eni: new Ec2.NetworkInterface({ vpcId, subnetId, eniId, eniType }),
        trafficTarget: mirrorTargetId,
        trafficFilter: trafficFilterId,
        vpcId,
        virtualNetwork: vni
      }),
      (trafficSessionId) => Steps.putRecord(record, { eniId, trafficSessionId }),
      // The record may exist although the response to its creation was lost, so this deletes it too.
      Effect.fnUntraced(function*(trafficSessionId, exit) {
        if (Exit.isSuccess(exit)) return
        yield* Effect.ignore(Steps.deleteSession(trafficSessionId))
        yield* Effect.ignore(Steps.deleteRecord(record))
      })
    )
    return "Success" as const
  })

  const outcome = yield* inClusterAccount(Ssm.getParameter(record)).pipe(
    Effect.as("AbortedExists" as const),
    Effect.catchTag("ParameterDoesNotExist", () => mirror),
    Effect.catchTag("NonMirrorableEniType", () => Effect.succeed("AbortedEniType" as const)),
    Effect.tapError(() => Effect.ignore(metric("Failure")))
  )
  yield* metric(outcome)
  return { event, outcome }
})

/** Deletes the mirroring session of the interface that the event names, and its record. Succeeds if either is already gone. */
export const destroyEniMirror = Effect.fn("destroyEniMirror")(function*(delivered: unknown) {
  const event = yield* EventBridge.decode(arkime.DestroyEniMirrorEvent, delivered)
  const { clusterName, eniId, subnetId, vpcId } = event
  const record = names.eni(clusterName, vpcId, subnetId, eniId)
  const metric = (outcome: arkime.DestroyEniMirrorOutcome) =>
    inClusterAccount(
      CloudWatch.putMetrics([new arkime.DestroyEniMirrorEventMetrics({ clusterName, vpcId, outcome })])
    )

  yield* Steps.destroy(record).pipe(Effect.tapError(() => Effect.ignore(metric("Failure"))))
  yield* metric("Success")
  return { event, outcome: "Success" as const }
})
