/** In-memory EC2: the images that an account makes. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { Fault } from "../wire/fault.ts"
import { checkVolumeType } from "./devices.ts"
import { type Happening, scheduleHeard, tellImage } from "./events.ts"
import { fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { idempotent } from "./idempotency.ts"
import { findImage, findLaunchable } from "./images.ts"
import { find, instances, snapshots } from "./kinds.ts"
import { addSnapshot, copiedVolume } from "./snapshots.ts"
import { type Ec2Handlers, type Image, seconds, type State } from "./state.ts"
import { newTags } from "./tags.ts"

/** How long it takes to make or copy an image. */
const MAKE = seconds(120)

const checkName = Effect.fnUntraced(function*(state: State, given: string | undefined) {
  const name = yield* required(given, "name")
  if (!/^[\w()[\] ./\-'@]{3,128}$/.test(name)) {
    return yield* fault(
      "InvalidAMIName.Malformed",
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'"
    )
  }
  const other = [...state.images.values()].find(({ Name }) => Name === name)
  return other === undefined
    ? name
    : yield* fault("InvalidAMIName.Duplicate", `AMI name ${name} is already in use by AMI ${other.ImageId}`)
})

type Members = Omit<Image, "OwnerId" | "ImageLocation" | "CreationDate" | "Public" | "ImageType">

const addImage = (state: State, context: HandlerContext, now: number, members: Members): Image => {
  const image: Image = {
    ...members,
    OwnerId: context.account,
    ImageLocation: `${context.account}/${members.Name}`,
    CreationDate: new Date(now).toISOString(),
    ImageType: "machine",
    Public: false
  }
  state.images.set(image.ImageId, image)
  if (image.State === "pending") {
    scheduleHeard(state, context, now + context.takes(MAKE), { kind: "image", id: image.ImageId })
  } else tellImage(context, image.ImageId, "available")
  return image
}

/** The image can be launched now. */
export const available = (state: State, id: string): ReadonlyArray<Happening> => {
  const image = state.images.get(id)
  if (image?.State !== "pending") return []
  image.State = "available"
  return [{ is: "image", id }]
}

const tagsOf = Effect.fnUntraced(function*(specifications: ReadonlyArray<sdk.TagSpecification> | undefined) {
  return {
    ofImage: yield* newTags(specifications, "image", ["snapshot"]),
    ofSnapshots: yield* newTags(specifications, "snapshot", ["image"])
  }
})

/** The devices of a registered image, whose volumes are made from snapshots. */
const registeredDevices = Effect.fnUntraced(function*(state: State, given: ReadonlyArray<sdk.BlockDeviceMapping>) {
  return yield* Effect.forEach(
    given,
    Effect.fnUntraced(function*({ DeviceName, Ebs }) {
      if (Ebs === undefined) {
        return yield* unsupported("The in-memory EC2 has no instance stores: name a snapshot for each device.")
      }
      const snapshot = Ebs.SnapshotId === undefined
        ? undefined
        : yield* find(state, snapshots, Ebs.SnapshotId, "snapshotId")
      const VolumeSize = Ebs.VolumeSize ?? snapshot?.VolumeSize
      if (VolumeSize === undefined) return yield* missing("snapshotId")
      return {
        DeviceName: yield* required(DeviceName, "deviceName"),
        Ebs: {
          DeleteOnTermination: Ebs.DeleteOnTermination ?? true,
          Encrypted: Ebs.Encrypted ?? snapshot?.Encrypted ?? false,
          Iops: Ebs.Iops,
          SnapshotId: Ebs.SnapshotId,
          Throughput: Ebs.Throughput,
          VolumeSize,
          VolumeType: yield* checkVolumeType(Ebs.VolumeType ?? "standard")
        }
      }
    })
  )
})

/** The account's own image. Nobody can change another one's. */
const findOwn = Effect.fnUntraced(function*(state: State, context: HandlerContext, id: string | undefined) {
  const image = yield* findImage(state, context, id)
  return image.OwnerId === context.account
    ? image
    : yield* new Fault({ code: "AuthFailure", message: `Not authorized for image:${image.ImageId}`, statusCode: 403 })
})

const attributeOf: Readonly<Record<string, (image: Image) => Omit<sdk.ImageAttribute, "ImageId">>> = {
  blockDeviceMapping: ({ BlockDeviceMappings }) => ({ BlockDeviceMappings }),
  bootMode: ({ BootMode }) => ({ BootMode: BootMode === undefined ? {} : { Value: BootMode } }),
  description: ({ Description }) => ({ Description: { Value: Description } }),
  imdsSupport: ({ ImdsSupport }) => ({ ImdsSupport: ImdsSupport === undefined ? {} : { Value: ImdsSupport } }),
  kernel: () => ({ KernelId: {} }),
  launchPermission: () => ({ LaunchPermissions: [] }),
  productCodes: () => ({ ProductCodes: [] }),
  ramdisk: () => ({ RamdiskId: {} }),
  sriovNetSupport: ({ SriovNetSupport }) => ({
    SriovNetSupport: SriovNetSupport === undefined ? {} : { Value: SriovNetSupport }
  })
}

export const handlers: Ec2Handlers = {
  RegisterImage: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const Name = yield* checkName(state, input.Name)
    const RootDeviceName = yield* required(input.RootDeviceName, "rootDeviceName")
    const BlockDeviceMappings = yield* registeredDevices(state, input.BlockDeviceMappings ?? [])
    const root = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName)
    if (root?.Ebs.SnapshotId === undefined) {
      return yield* fault("InvalidBlockDeviceMapping", "The root device requires a snapshot.")
    }
    const image = addImage(state, context, now, {
      ImageId: context.id("ami-", 17),
      Name,
      Description: input.Description,
      Architecture: yield* oneOf(input.Architecture ?? "i386", "architecture", {
        here: ["i386", "x86_64", "arm64", "x86_64_mac", "arm64_mac"]
      }),
      BlockDeviceMappings,
      BootMode: input.BootMode,
      EnaSupport: input.EnaSupport ?? false,
      Hypervisor: "xen",
      ImdsSupport: input.ImdsSupport,
      PlatformDetails: "Linux/UNIX",
      RootDeviceName,
      RootDeviceType: "ebs",
      SriovNetSupport: input.SriovNetSupport,
      State: "available",
      TpmSupport: input.TpmSupport,
      UsageOperation: "RunInstances",
      VirtualizationType: yield* oneOf(input.VirtualizationType ?? "paravirtual", "virtualizationType", {
        here: ["hvm", "paravirtual"]
      }),
      Tags: yield* newTags(input.TagSpecifications, "image")
    })
    return { ImageId: image.ImageId }
  }),

  CreateImage: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const instance = yield* find(state, instances, input.InstanceId, "instanceId")
    const Name = yield* checkName(state, input.Name)
    yield* oneOf(input.SnapshotLocation ?? "regional", "snapshotLocation", { here: ["regional"], onAws: ["local"] })
    if (!["running", "stopping", "stopped"].includes(instance.State.Name ?? "")) {
      return yield* fault(
        "IncorrectState",
        `The instance '${instance.InstanceId}' is not in a state from which an image can be created: ${instance.State.Name}`
      )
    }
    const { ofImage, ofSnapshots } = yield* tagsOf(input.TagSpecifications)
    const ImageId = context.id("ami-", 17)
    const BlockDeviceMappings = instance.BlockDeviceMappings.map(({ DeviceName, Ebs }) => {
      const volume = state.volumes.get(Ebs?.VolumeId ?? "")!
      const snapshot = addSnapshot(state, context, now, {
        volume,
        description: `Created by CreateImage(${instance.InstanceId}) for ${ImageId}`,
        tags: ofSnapshots
      })
      return {
        DeviceName,
        Ebs: {
          DeleteOnTermination: Ebs?.DeleteOnTermination,
          Encrypted: volume.Encrypted,
          Iops: volume.VolumeType === "gp2" ? undefined : volume.Iops,
          SnapshotId: snapshot.SnapshotId,
          Throughput: volume.Throughput,
          VolumeSize: volume.Size,
          VolumeType: volume.VolumeType
        }
      }
    })
    addImage(state, context, now, {
      ImageId,
      Name,
      Description: input.Description,
      Architecture: instance.Architecture!,
      BlockDeviceMappings,
      BootMode: instance.BootMode,
      EnaSupport: instance.EnaSupport,
      Hypervisor: "xen",
      Platform: instance.Platform,
      PlatformDetails: instance.PlatformDetails,
      RootDeviceName: instance.RootDeviceName!,
      RootDeviceType: "ebs",
      SourceImageId: instance.ImageId,
      SourceImageRegion: context.region,
      SourceInstanceId: instance.InstanceId,
      SriovNetSupport: "simple",
      State: "pending",
      UsageOperation: instance.UsageOperation,
      VirtualizationType: instance.VirtualizationType,
      Tags: ofImage
    })
    return { ImageId }
  }),

  CopyImage: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const region = yield* required(input.SourceRegion, "sourceRegion")
        const Name = yield* checkName(state, input.Name)
        if (region !== context.region) {
          return yield* unsupported(`The in-memory EC2 copies images within a region, not from ${region}.`)
        }
        const source = yield* findLaunchable(state, context, input.SourceImageId)
        const { ofImage, ofSnapshots } = yield* tagsOf(input.TagSpecifications)
        const ImageId = context.id("ami-", 17)
        const BlockDeviceMappings = source.BlockDeviceMappings.map(({ DeviceName, Ebs }) => {
          const snapshot = addSnapshot(state, context, now, {
            volume: { VolumeId: copiedVolume, Size: Ebs?.VolumeSize ?? 0, Encrypted: Ebs?.Encrypted },
            description: `Copied for DestinationAmi ${ImageId} from SourceAmi ${source.ImageId}`,
            tags: ofSnapshots
          })
          return { DeviceName, Ebs: { ...Ebs, SnapshotId: snapshot.SnapshotId } }
        })
        addImage(state, context, now, {
          ...source,
          ImageId,
          Name,
          Description: input.Description,
          BlockDeviceMappings,
          ImageOwnerAlias: undefined,
          SourceImageId: source.ImageId,
          SourceImageRegion: region,
          State: "pending",
          Tags: input.CopyImageTags === true && source.OwnerId === context.account
            ? [...source.Tags, ...ofImage]
            : ofImage
        })
        return ImageId
      }),
      answer: (ImageId) => state.images.has(ImageId) ? { ImageId } : undefined
    }),

  DeregisterImage: Effect.fnUntraced(function*(input, state, context) {
    const image = yield* findOwn(state, context, input.ImageId)
    state.images.delete(image.ImageId)
    state.deregistered.add(image.ImageId)
    tellImage(context, image.ImageId, "deregistered")
    if (input.DeleteAssociatedSnapshots !== true) return { Return: true }
    const DeleteSnapshotResults = image.BlockDeviceMappings.map(({ Ebs }): sdk.DeleteSnapshotReturnCode => {
      const SnapshotId = Ebs?.SnapshotId ?? ""
      const isUsed = [...state.images.values()].some(({ BlockDeviceMappings }) =>
        BlockDeviceMappings.some((other) => other.Ebs?.SnapshotId === SnapshotId)
      )
      if (isUsed) return { SnapshotId, ReturnCode: "skipped" }
      state.snapshots.delete(SnapshotId)
      return { SnapshotId, ReturnCode: "success" }
    })
    return { Return: true, DeleteSnapshotResults }
  }),

  DescribeImageAttribute: Effect.fnUntraced(function*(input, state, context) {
    const image = yield* findOwn(state, context, input.ImageId)
    const name = yield* required<string>(input.Attribute, "attribute")
    if (!Object.hasOwn(attributeOf, name)) return yield* invalidValue(name, "attribute", "Unknown attribute.")
    return { ImageId: image.ImageId, ...attributeOf[name]!(image) }
  }),

  ModifyImageAttribute: Effect.fnUntraced(function*(input, state, context) {
    const image = yield* findOwn(state, context, input.ImageId)
    const description = input.Description?.Value ?? (input.Attribute === "description" ? input.Value : undefined)
    if (description === undefined) {
      return yield* unsupported("The in-memory EC2 modifies the description of an image, and nothing else.")
    }
    image.Description = description
    return {}
  })
}
