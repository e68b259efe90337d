/** In-memory EC2: the events of instances, volumes, snapshots and images. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { HandlerContext } from "../engine/service.ts"
import { uuidOf } from "../support/ids.ts"
import { type Change, type Instance, schedule, type Snapshot, type State } from "./state.ts"

/** A change that happened by itself, and that EventBridge hears of. */
export type Happening =
  | { readonly is: "instance"; readonly id: string; readonly state: sdk.InstanceStateName }
  | { readonly is: "deletedVolume"; readonly id: string }
  | { readonly is: "snapshot"; readonly snapshot: Snapshot }
  | { readonly is: "image"; readonly id: string }

const source = "aws.ec2"

/** `2022-03-03T17:06:22Z` */
const dateOf = (date: Date | undefined) => `${date?.toISOString().slice(0, 19)}Z`

/** A call's id isn't known here, and a random one would shift others. */
const requestOf = (context: HandlerContext, event: string, id: string) =>
  uuidOf(`${context.account}/${context.region}/${event}/${id}`)

export const tellInstance = (context: HandlerContext, id: string, state: sdk.InstanceStateName): void =>
  context.emit({
    source,
    detailType: "EC2 Instance State-change Notification",
    resources: [context.arn("ec2", `instance/${id}`)],
    detail: { "instance-id": id, state }
  })

export const tellSpotRequest = (context: HandlerContext, instance: Instance): void =>
  context.emit({
    source,
    detailType: "EC2 Spot Instance Request Fulfillment",
    resources: [context.arn("ec2", `instance/${instance.InstanceId}`)],
    detail: { "spot-instance-request-id": instance.SpotInstanceRequestId, "instance-id": instance.InstanceId }
  })

export const tellVolume = (
  context: HandlerContext,
  id: string,
  event: "attachVolume" | "createVolume" | "deleteVolume" | "modifyVolume",
  result: "attached" | "available" | "completed" | "deleted" | "optimizing"
): void =>
  context.emit({
    source,
    detailType: "EBS Volume Notification",
    resources: [context.arn("ec2", `volume/${id}`)],
    detail: { result, cause: "", event, "request-id": requestOf(context, event, id) }
  })

const tellSnapshot = (context: HandlerContext, snapshot: Snapshot): void => {
  // EBS writes these ARNs with the region in the place of the account.
  const arnOf = (resource: string) => context.arn("ec2", resource, { region: "", account: context.region })
  const arn = arnOf(`snapshot/${snapshot.SnapshotId}`)
  context.emit({
    source,
    detailType: "EBS Snapshot Notification",
    resources: [arn],
    detail: {
      event: "createSnapshot",
      result: "succeeded",
      cause: "",
      "request-id": "",
      snapshot_id: arn,
      source: arnOf(`volume/${snapshot.VolumeId}`),
      startTime: dateOf(snapshot.StartTime),
      endTime: dateOf(snapshot.CompletionTime)
    }
  })
}

export const tellImage = (context: HandlerContext, id: string, state: "available" | "deregistered"): void =>
  context.emit({
    source,
    detailType: "EC2 AMI State Change",
    resources: [context.arn("ec2", `image/${id}`, { account: "" })],
    detail: { RequestId: requestOf(context, state, id), ImageId: id, State: state, ErrorMessage: "" }
  })

/** Emits the event of a change. */
export const tell = (context: HandlerContext, happening: Happening): void => {
  switch (happening.is) {
    case "instance":
      return tellInstance(context, happening.id, happening.state)
    case "deletedVolume":
      return tellVolume(context, happening.id, "deleteVolume", "deleted")
    case "snapshot":
      return tellSnapshot(context, happening.snapshot)
    case "image":
      return tellImage(context, happening.id, "available")
  }
}

/** A context for a try: nobody hears of what happens in it. */
export const silent = (context: HandlerContext): HandlerContext => ({
  ...context,
  act: () => {},
  deliver: () => {},
  emit: () => {},
  wakeAt: () => {}
})

const key = "changes"

type Heard = Change & { readonly kind: "image" | "instance" | "snapshot" }

/** Schedules a change that EventBridge hears of: the timer rings for it. One timer is for all. */
export const scheduleHeard = (state: State, context: HandlerContext, at: number, change: Heard): void => {
  schedule(state, at, change)
  if (state.rings !== undefined && state.rings <= at) return
  state.rings = at
  context.wakeAt(key, at)
}

/** Sets the timer for the next change that EventBridge hears of. */
export const ringNext = (state: State, context: HandlerContext): void => {
  state.rings = state.due.find(({ kind }) => kind === "instance" || kind === "snapshot" || kind === "image")?.at
  context.wakeAt(key, state.rings)
}
