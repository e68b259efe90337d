// The cluster's event handlers. On a real account, each would be a Lambda function behind the cluster's event bus.
import { Effect, Exit, Schema } from "effect"
import { arkime, CloudWatch, Ec2, EventBridge, Ssm } from "effect-aws-sdk"
import { inClusterAccount, inVpcAccount } from "./Accounts.ts"
import { EniRecord, names, SubnetRecord } from "./Records.ts"

// Overwrites, because the parameter may already exist: AWS may have stored it although the response to the first
// attempt was lost.
const putRecord = Effect.fnUntraced(function*(name: string, record: typeof EniRecord.Type) {
  const value = yield* Schema.encodeEffect(Schema.fromJsonString(EniRecord))(record)
  const description = `The mirroring of ${record.eniId}`
  yield* inClusterAccount(Ssm.putParameter({ name, value, description, overwrite: true }))
})

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
    const { mirrorTargetId } = yield* inClusterAccount(
      Ssm.getParameterJson(names.subnet(clusterName, vpcId, subnetId), SubnetRecord)
    )
    yield* Effect.acquireUseRelease(
      inVpcAccount(Ec2.mirrorEni({
        eni: new Ec2.NetworkInterface({ vpcId, subnetId, eniId, eniType }),
        trafficTarget: mirrorTargetId,
        trafficFilter: trafficFilterId,
        vpcId,
        virtualNetwork: vni
      })),
      (trafficSessionId) => putRecord(record, { eniId, trafficSessionId }),
      // The record may exist although the response to its creation was lost, so this deletes it too.
      Effect.fnUntraced(function*(trafficSessionId, exit) {
        if (Exit.isSuccess(exit)) return
        yield* Effect.ignore(inVpcAccount(Ec2.deleteEniMirroring(trafficSessionId)))
        yield* Effect.ignore(inClusterAccount(Ssm.deleteParameter(record)))
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

  yield* Effect.gen(function*() {
    const { trafficSessionId } = yield* inClusterAccount(Ssm.getParameterJson(record, EniRecord))
    yield* inVpcAccount(Ec2.deleteEniMirroring(trafficSessionId)).pipe(
      Effect.catchTag("MirrorDoesNotExist", () => Effect.void)
    )
    yield* inClusterAccount(Ssm.deleteParameter(record))
  }).pipe(
    Effect.catchTag("ParameterDoesNotExist", () => Effect.void),
    Effect.tapError(() => Effect.ignore(metric("Failure")))
  )
  yield* metric("Success")
  return { event, outcome: "Success" as const }
})
