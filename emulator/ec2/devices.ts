/** In-memory EC2: how volumes are made, attached and released. Instances have them too. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { kmsKeyArn } from "../support/kms.ts"
import { idOf } from "../support/publicImages.ts"
import { tellVolume } from "./events.ts"
import { combination, fault, invalidValue, missing } from "./faults.ts"
import { find, snapshots } from "./kinds.ts"
import type { Instance, State, Volume } from "./state.ts"

/** The least and the most GiB of a volume, operations a second, and MiB a second. */
const limits = {
  gp2: { size: [1, 16_384] },
  gp3: { size: [1, 65_536], iops: [3000, 80_000, 500], throughput: [125, 2000] },
  io1: { size: [4, 16_384], iops: [100, 64_000, 50] },
  io2: { size: [4, 65_536], iops: [100, 256_000, 1000] },
  sc1: { size: [125, 16_384] },
  st1: { size: [125, 16_384] },
  standard: { size: [1, 1024] }
} as const satisfies Record<sdk.VolumeType, {
  readonly size: readonly [least: number, most: number]
  /** With the most operations for each GiB. */
  readonly iops?: readonly [least: number, most: number, ratio: number]
  readonly throughput?: readonly [least: number, most: number]
}>

export interface VolumeRequest {
  readonly Size?: number | undefined
  readonly VolumeType?: string | undefined
  readonly Iops?: number | undefined
  readonly Throughput?: number | undefined
  readonly SnapshotId?: string | undefined
  readonly Encrypted?: boolean | undefined
  readonly KmsKeyId?: string | undefined
  readonly MultiAttachEnabled?: boolean | undefined
  readonly VolumeInitializationRate?: number | undefined
}

const checkRange = (
  value: number,
  [least, most]: readonly [number, number, ...ReadonlyArray<number>],
  what: (value: number) => string
) =>
  value < least
    ? fault("InvalidParameterValue", `${what(value)} is too low; minimum is ${least}.`)
    : value > most
    ? fault("InvalidParameterValue", `${what(value)} is too high; maximum is ${most}.`)
    : undefined

/** Operations a second of a volume of this size, if the request doesn't say. */
const defaultIops = (type: sdk.VolumeType, size: number) =>
  type === "gp2" ? Math.min(Math.max(100, 3 * size), 16_000) : type === "gp3" ? 3000 : undefined

/** Checks the size and the speed of a volume. */
export const speedOf = Effect.fnUntraced(function*(size: number, type: sdk.VolumeType, request: VolumeRequest) {
  const { iops, size: sizes, throughput }: {
    readonly size: readonly [number, number]
    readonly iops?: readonly [number, number, number]
    readonly throughput?: readonly [number, number]
  } = limits[type]
  if (!(size >= sizes[0])) {
    return yield* fault(
      "InvalidParameterValue",
      `The volume size is invalid for ${type} volumes: ${size} GiB. ${type} volumes must be at least ${
        sizes[0]
      } GiB in size. Please specify a volume size above the minimum limit.`
    )
  }
  if (size > sizes[1]) {
    return yield* fault(
      "InvalidParameterValue",
      `The volume size is invalid for ${type} volumes: ${size} GiB. ${type} volumes must be at most ${
        sizes[1]
      } GiB in size. Please specify a volume size below the maximum limit.`
    )
  }
  if (request.Iops !== undefined && iops === undefined) {
    return yield* combination(`The parameter iops is not supported for ${type} volumes.`)
  }
  if (request.Throughput !== undefined && throughput === undefined) {
    return yield* combination("throughput can only be specified for volumeType gp3.")
  }
  if (request.Iops === undefined && (type === "io1" || type === "io2")) return yield* missing("iops")
  const Iops = request.Iops ?? defaultIops(type, size)
  const Throughput = throughput === undefined ? undefined : request.Throughput ?? 125
  if (iops !== undefined && Iops !== undefined) {
    const wrong = checkRange(Iops, iops, (value) => `Volume iops of ${value}`)
    if (wrong !== undefined) return yield* wrong
    if (Iops > 3000 && Iops / size > iops[2]) {
      return yield* fault(
        "InvalidParameterValue",
        `Iops to volume size ratio of ${(Iops / size).toFixed(6)} is too high; maximum is ${iops[2]}`
      )
    }
  }
  if (throughput !== undefined && Throughput !== undefined) {
    const wrong = checkRange(Throughput, throughput, (value) => `Throughput of ${value} MiB/s`)
    if (wrong !== undefined) return yield* wrong
    if (Iops !== undefined && Throughput / Iops > 0.25) {
      return yield* fault(
        "InvalidParameterValue",
        `Throughput (MiBps) to iops ratio of ${(Throughput / Iops).toFixed(6)} is too high; maximum is 0.250000`
      )
    }
  }
  return { Iops, Throughput }
})

/** The ARN of the key that a volume is encrypted with. Without a key in the request, it is the account's key for EBS. */
export const keyOf = Effect.fnUntraced(function*(state: State, context: HandlerContext, given: string | undefined) {
  if (given === undefined && state.defaultKey !== undefined) return state.defaultKey
  if (given === undefined) {
    const digits = idOf("", context.account, context.region).padEnd(32, "0")
    const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), "8000", digits.slice(16, 28)]
    return context.arn("kms", `key/${parts.join("-")}`)
  }
  const invalid = invalidValue(given, "KmsKeyId", "Invalid KMS key.")
  return yield* kmsKeyArn(given, { service: "EC2", invalid }, context)
})

const isVolumeType = (type: string): type is sdk.VolumeType => Object.hasOwn(limits, type)

/** Fails if AWS has no volumes of this type. */
export const checkVolumeType = Effect.fnUntraced(function*(type: string) {
  return isVolumeType(type)
    ? type
    : yield* fault("UnknownVolumeType", `Unsupported volume type '${type}' for volume creation.`)
})

/** Checks that a volume can be made, and returns what it will be like. */
export const planVolume = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  request: VolumeRequest,
  defaults: { readonly VolumeType: sdk.VolumeType; readonly snapshotSize?: number | undefined }
) {
  const VolumeType = yield* checkVolumeType(request.VolumeType ?? defaults.VolumeType)
  const snapshot = request.SnapshotId === undefined || defaults.snapshotSize !== undefined
    ? undefined
    : yield* find(state, snapshots, request.SnapshotId, "snapshotId")
  if (snapshot !== undefined && snapshot.State !== "completed") {
    return yield* fault("IncorrectState", `Snapshot is in invalid state - ${snapshot.State}`)
  }
  const least = snapshot?.VolumeSize ?? defaults.snapshotSize
  const Size = request.Size ?? least
  if (Size === undefined) return yield* missing("size/snapshot")
  if (least !== undefined && Size < least) {
    return yield* fault(
      "InvalidBlockDeviceMapping",
      `Volume of size ${Size}GB is smaller than snapshot '${request.SnapshotId}', expect size>= ${least}GB`
    )
  }
  const speed = yield* speedOf(Size, VolumeType, request)
  if (request.MultiAttachEnabled === true && VolumeType !== "io1" && VolumeType !== "io2") {
    return yield* combination(`The parameter multiAttachEnabled is not supported for ${VolumeType} volumes.`)
  }
  if (request.KmsKeyId !== undefined && request.Encrypted !== true) {
    return yield* fault(
      "InvalidParameterDependency",
      "The parameter KmsKeyId requires the parameter Encrypted to be set."
    )
  }
  const rate = request.VolumeInitializationRate
  if (rate !== undefined && !(rate >= 100 && rate <= 300)) {
    return yield* invalidValue(rate, "volumeInitializationRate", "It must be between 100 and 300.")
  }
  const isAsked = request.Encrypted === true || state.encryptsVolumes
  const Encrypted = isAsked || snapshot?.Encrypted === true
  return {
    Size,
    VolumeType,
    ...speed,
    SnapshotId: request.SnapshotId ?? "",
    Encrypted,
    KmsKeyId: isAsked ? yield* keyOf(state, context, request.KmsKeyId) : snapshot?.KmsKeyId,
    MultiAttachEnabled: request.MultiAttachEnabled ?? false,
    VolumeInitializationRate: rate
  }
})

export type VolumePlan = Effect.Success<ReturnType<typeof planVolume>>

export const addVolume = (state: State, context: HandlerContext, now: number, options: {
  readonly zone: { readonly name: string; readonly id: string }
  readonly plan: VolumePlan
  readonly tags: ReadonlyArray<sdk.Tag>
}): Volume => {
  const volume: Volume = {
    VolumeId: context.id("vol-", 17),
    ...options.plan,
    AvailabilityZone: options.zone.name,
    AvailabilityZoneId: options.zone.id,
    Attachments: [],
    CreateTime: new Date(now),
    Operator: { Managed: false },
    State: "available",
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.volumes.set(volume.VolumeId, volume)
  tellVolume(context, volume.VolumeId, "createVolume", "available")
  return volume
}

/** Attaches a volume to an instance. */
export const attachVolume = (context: HandlerContext, instance: Instance, volume: Volume, options: {
  readonly now: number
  readonly device: string
  readonly deleteOnTermination: boolean
}): void => {
  const { InstanceId } = instance
  const { VolumeId } = volume
  const AttachTime = new Date(options.now)
  const DeleteOnTermination = options.deleteOnTermination
  volume.State = "in-use"
  volume.Attachments.push({
    AttachTime,
    DeleteOnTermination,
    Device: options.device,
    InstanceId,
    State: "attached",
    VolumeId
  })
  instance.BlockDeviceMappings.push({
    DeviceName: options.device,
    Ebs: { AttachTime, DeleteOnTermination, EbsCardIndex: 0, Status: "attached", VolumeId }
  })
  tellVolume(context, VolumeId, "attachVolume", "attached")
}

/** Detaches a volume from an instance, or from all that it is attached to. */
export const release = (state: State, volume: Volume, from?: string): void => {
  for (const { InstanceId = "" } of volume.Attachments) {
    const instance = state.instances.get(InstanceId)
    if (instance === undefined || (from !== undefined && InstanceId !== from)) continue
    instance.BlockDeviceMappings = instance.BlockDeviceMappings.filter(({ Ebs }) => Ebs?.VolumeId !== volume.VolumeId)
  }
  volume.Attachments = from === undefined
    ? []
    : volume.Attachments.filter(({ InstanceId }) => InstanceId !== from)
  if (volume.Attachments.length === 0) volume.State = "available"
}
