/** In-memory EC2: volumes. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { addVolume, attachVolume, checkVolumeType, planVolume, release, speedOf } from "./devices.ts"
import { tellVolume } from "./events.ts"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { absent, describe, type Filters, matching, page } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { find, findAll, instances, volumes } from "./kinds.ts"
import type { Ec2Handlers, State, Volume } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"
import { zonesOf } from "./zones.ts"

/** The volume as AWS answers it: without a list of tags when it has none. */
const described = ({ Tags, ...volume }: Volume): sdk.Volume => defined({ ...volume, ...tagsIfAny(Tags) })

const zoneOf = Effect.fnUntraced(function*({ region }: HandlerContext, input: sdk.CreateVolumeRequest) {
  const { AvailabilityZone, AvailabilityZoneId } = input
  if (AvailabilityZone !== undefined && AvailabilityZoneId !== undefined) {
    return yield* combination("The parameter availabilityZone cannot be used with the parameter availabilityZoneId")
  }
  if (AvailabilityZone === undefined && AvailabilityZoneId === undefined) return yield* missing("AvailabilityZone")
  return zonesOf(region).find(({ id, name }) => name === AvailabilityZone || id === AvailabilityZoneId) ??
    (yield* fault(
      "InvalidZone.NotFound",
      `The zone '${AvailabilityZone ?? AvailabilityZoneId}' does not exist.`
    ))
})

const volumeFilters: Filters<Volume> = {
  ...absent("fast-restored", "operator.principal"),
  "attachment.attach-time": ({ Attachments }) => Attachments.map(({ AttachTime }) => AttachTime),
  "attachment.delete-on-termination": ({ Attachments }) =>
    Attachments.map(({ DeleteOnTermination }) => DeleteOnTermination),
  "attachment.device": ({ Attachments }) => Attachments.map(({ Device }) => Device),
  "attachment.instance-id": ({ Attachments }) => Attachments.map(({ InstanceId }) => InstanceId),
  "attachment.status": ({ Attachments }) => Attachments.map(({ State }) => State),
  "availability-zone": (volume) => volume.AvailabilityZone,
  "availability-zone-id": (volume) => volume.AvailabilityZoneId,
  "create-time": (volume) => volume.CreateTime,
  encrypted: (volume) => volume.Encrypted,
  "multi-attach-enabled": (volume) => volume.MultiAttachEnabled,
  "operator.managed": () => false,
  size: (volume) => volume.Size,
  "snapshot-id": (volume) => volume.SnapshotId,
  status: (volume) => volume.State,
  "volume-id": (volume) => volume.VolumeId,
  "volume-type": (volume) => volume.VolumeType
}

const statusOf = (volume: Volume): sdk.VolumeStatusItem => ({
  Actions: [],
  AvailabilityZone: volume.AvailabilityZone,
  AvailabilityZoneId: volume.AvailabilityZoneId,
  Events: [],
  VolumeId: volume.VolumeId,
  VolumeStatus: {
    Status: "ok",
    Details: [
      { Name: "io-enabled", Status: "passed" },
      { Name: "io-performance", Status: "not-applicable" }
    ]
  },
  AttachmentStatuses: []
})

const statusFilters: Filters<Volume> = {
  ...absent(
    "action.code",
    "action.description",
    "action.event-id",
    "event.description",
    "event.event-id",
    "event.event-type",
    "event.not-after",
    "event.not-before"
  ),
  "availability-zone": (volume) => volume.AvailabilityZone,
  "volume-status.details-name": () => ["io-enabled", "io-performance"],
  "volume-status.details-status": () => ["passed", "not-applicable"],
  "volume-status.status": () => "ok"
}

const modificationFilters: Filters<sdk.VolumeModification> = {
  "volume-id": (change) => change.VolumeId,
  "modification-state": (change) => change.ModificationState,
  "target-size": (change) => change.TargetSize,
  "target-iops": (change) => change.TargetIops,
  "target-volume-type": (change) => change.TargetVolumeType,
  "original-size": (change) => change.OriginalSize,
  "original-iops": (change) => change.OriginalIops,
  "original-volume-type": (change) => change.OriginalVolumeType,
  "start-time": (change) => change.StartTime
}

/** The instance that a volume is to be attached to, once everything is checked. */
const checkAttachment = Effect.fnUntraced(function*(state: State, volume: Volume, input: sdk.AttachVolumeRequest) {
  const instance = yield* find(state, instances, input.InstanceId, "instanceId")
  const device = yield* required(input.Device, "device")
  if (instance.Placement.AvailabilityZone !== volume.AvailabilityZone) {
    return yield* fault(
      "InvalidVolume.ZoneMismatch",
      `The volume '${volume.VolumeId}' is not in the same availability zone as instance '${instance.InstanceId}'`
    )
  }
  if (instance.State.Name !== "running" && instance.State.Name !== "stopped") {
    return yield* fault("IncorrectState", `Instance '${instance.InstanceId}' is not 'running'.`)
  }
  const isAttached = volume.Attachments.some(({ InstanceId }) => InstanceId === instance.InstanceId)
  if (isAttached || (volume.State === "in-use" && volume.MultiAttachEnabled !== true)) {
    return yield* fault("VolumeInUse", `${volume.VolumeId} is already attached to an instance`)
  }
  if (instance.BlockDeviceMappings.some(({ DeviceName }) => DeviceName === device)) {
    return yield* fault(
      "InvalidParameterValue",
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`
    )
  }
  if (!/^(\/dev\/)?(sd|xvd|hd)[a-z]{1,2}[1-9]?\d?$/.test(device)) {
    return yield* invalidValue(device, "device", `${device} is not a valid EBS device name.`)
  }
  return { device, instance }
})

export const handlers: Ec2Handlers = {
  CreateVolume: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        if (input.Size === undefined && input.SnapshotId === undefined) return yield* missing("size/snapshot")
        const zone = yield* zoneOf(context, input)
        const plan = yield* planVolume(state, context, input, { VolumeType: "gp2" })
        const tags = yield* newTags(input.TagSpecifications, "volume")
        return addVolume(state, context, now, { zone, plan, tags }).VolumeId
      }),
      answer: (id) => {
        const volume = state.volumes.get(id)
        if (volume === undefined) return undefined
        const { Attachments: _, ...rest } = described(volume)
        return { ...rest, ...(volume.State === "available" && { State: "creating" as const }) }
      }
    }),

  DescribeVolumes: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, volumes, {
      input,
      ids: input.VolumeIds,
      idsName: "volumesSet",
      filters: input.Filters,
      supported: volumeFilters
    })
    return { Volumes: found.map(described), NextToken }
  }),

  DescribeVolumeStatus: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, volumes, {
      input,
      ids: input.VolumeIds,
      idsName: "volumesSet",
      filters: input.Filters,
      supported: statusFilters
    })
    return { VolumeStatuses: found.map(statusOf), NextToken }
  }),

  AttachVolume: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const volume = yield* find(state, volumes, input.VolumeId, "volumeId")
    const { device, instance } = yield* checkAttachment(state, volume, input)
    attachVolume(context, instance, volume, { now, device, deleteOnTermination: false })
    const { DeleteOnTermination: _, ...attachment } = volume.Attachments.at(-1)!
    return { ...attachment, State: "attaching" as const }
  }),

  DetachVolume: Effect.fnUntraced(function*(input, state) {
    const volume = yield* find(state, volumes, input.VolumeId, "volumeId")
    const { VolumeId } = volume
    if (input.InstanceId !== undefined) yield* find(state, instances, input.InstanceId, "instanceId")
    if (volume.Attachments.length === 0) {
      return yield* fault("IncorrectState", `Volume '${VolumeId}' is in the 'available' state.`)
    }
    if (volume.Attachments.length > 1 && input.InstanceId === undefined) return yield* missing("instanceId")
    const attachment = volume.Attachments.find(({ Device, InstanceId }) =>
      (input.InstanceId === undefined || input.InstanceId === InstanceId) &&
      (input.Device === undefined || input.Device === Device)
    )
    if (attachment === undefined) {
      return yield* fault(
        "InvalidAttachment.NotFound",
        `Volume '${VolumeId}' is not attached to instance '${input.InstanceId ?? volume.Attachments[0]?.InstanceId}'${
          input.Device === undefined ? "" : ` as device '${input.Device}'`
        }`
      )
    }
    const instance = state.instances.get(attachment.InstanceId ?? "")
    if (instance?.RootDeviceName === attachment.Device && instance?.State.Name !== "stopped") {
      return yield* fault(
        "OperationNotPermitted",
        `Unable to detach root volume '${VolumeId}' from instance '${attachment.InstanceId}'`
      )
    }
    release(state, volume, attachment.InstanceId)
    return { ...attachment, State: "detaching" as const }
  }),

  DeleteVolume: Effect.fnUntraced(function*(input, state, context) {
    const volume = yield* find(state, volumes, input.VolumeId, "volumeId")
    const [attachment] = volume.Attachments
    if (attachment !== undefined) {
      return yield* fault(
        "VolumeInUse",
        `Volume ${volume.VolumeId} is currently attached to ${attachment.InstanceId}`
      )
    }
    state.volumes.delete(volume.VolumeId)
    state.volumeChanges.delete(volume.VolumeId)
    tellVolume(context, volume.VolumeId, "deleteVolume", "deleted")
    return {}
  }),

  ModifyVolume: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const volume = yield* find(state, volumes, input.VolumeId, "volumeId")
    const { Iops, MultiAttachEnabled, Size, Throughput } = input
    if ([Iops, MultiAttachEnabled, Size, Throughput, input.VolumeType].every((member) => member === undefined)) {
      return yield* fault("InvalidParameter", "At least one of size, iops, throughput or volumeType is required")
    }
    const type = input.VolumeType === undefined
      ? volume.VolumeType
      : yield* checkVolumeType(input.VolumeType)
    const size = Size ?? volume.Size
    if (size < volume.Size) {
      return yield* fault("InvalidParameterValue", "New size cannot be smaller than existing size")
    }
    const isSameType = type === volume.VolumeType && type !== "gp2"
    const speed = yield* speedOf(size, type, {
      Iops: Iops ?? (isSameType ? volume.Iops : undefined),
      Throughput: Throughput ?? (isSameType ? volume.Throughput : undefined)
    })
    const change: sdk.VolumeModification = defined({
      VolumeId: volume.VolumeId,
      ModificationState: "completed" as const,
      OriginalSize: volume.Size,
      OriginalIops: volume.Iops,
      OriginalThroughput: volume.Throughput,
      OriginalVolumeType: volume.VolumeType,
      OriginalMultiAttachEnabled: volume.MultiAttachEnabled,
      TargetSize: size,
      TargetIops: speed.Iops,
      TargetThroughput: speed.Throughput,
      TargetVolumeType: type,
      TargetMultiAttachEnabled: MultiAttachEnabled ?? volume.MultiAttachEnabled,
      Progress: 100,
      StartTime: new Date(now),
      EndTime: new Date(now)
    })
    Object.assign(volume, {
      Size: size,
      VolumeType: type,
      ...speed,
      MultiAttachEnabled: MultiAttachEnabled ?? volume.MultiAttachEnabled
    })
    state.volumeChanges.set(volume.VolumeId, change)
    // A modification takes no time here.
    tellVolume(context, volume.VolumeId, "modifyVolume", "optimizing")
    tellVolume(context, volume.VolumeId, "modifyVolume", "completed")
    const { EndTime: _, ...started } = change
    return { VolumeModification: { ...started, ModificationState: "modifying" as const, Progress: 0 } }
  }),

  EnableEbsEncryptionByDefault: (_, state) =>
    Effect.sync(() => ({ EbsEncryptionByDefault: state.encryptsVolumes = true })),

  DisableEbsEncryptionByDefault: (_, state) =>
    Effect.sync(() => ({ EbsEncryptionByDefault: state.encryptsVolumes = false })),

  GetEbsEncryptionByDefault: (_, state) =>
    Effect.sync(() => ({ EbsEncryptionByDefault: state.encryptsVolumes, SseType: "sse-ebs" as const })),

  DescribeVolumesModifications: Effect.fnUntraced(function*(input, state, context) {
    const ids = input.VolumeIds ?? []
    yield* findAll(state, volumes, ids, "volumeIds")
    const unchanged = ids.find((id) => !state.volumeChanges.has(id))
    if (unchanged !== undefined) {
      return yield* fault(
        "InvalidVolumeModification.NotFound",
        `Modification for volume '${unchanged}' does not exist.`
      )
    }
    const all = [...state.volumeChanges.values()].filter(({ VolumeId = "" }) =>
      ids.length === 0 || ids.includes(VolumeId)
    )
    const found = yield* matching(context, all, input.Filters, modificationFilters)
    const [changes, NextToken] = yield* page(context, found, input, ({ VolumeId }) => VolumeId ?? "")
    return { VolumesModifications: changes.map((change) => ({ ...change })), NextToken }
  })
}
