/** In-memory EC2: a few well-known public images. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { idOf, imageId, publicImages, publicParameters } from "../support/publicImages.ts"
import { fault, required } from "./faults.ts"
import { absent, type Filters, matching, page } from "./filters.ts"
import type { Ec2Handlers, With } from "./state.ts"

export type Image = With<
  sdk.Image,
  "ImageId" | "Name" | "OwnerId" | "Architecture" | "RootDeviceName" | "BlockDeviceMappings"
>

/** The images of a region. */
const imagesOf = ({ region }: HandlerContext): ReadonlyArray<Image> =>
  publicImages.map((image) => {
    const { alias, architecture = "x86_64" as const, created, description, imds, isWindows, name, owner, root } = image
    const [RootDeviceName, VolumeSize, VolumeType] = root
    return {
      ImageId: imageId(region, image),
      Name: name,
      Description: description,
      Architecture: architecture,
      BlockDeviceMappings: [{
        DeviceName: RootDeviceName,
        Ebs: {
          DeleteOnTermination: true,
          Encrypted: false,
          SnapshotId: idOf("snap-", region, name),
          VolumeSize,
          VolumeType
        }
      }],
      BootMode: architecture === "arm64" ? "uefi" : "uefi-preferred",
      CreationDate: created,
      EnaSupport: true,
      Hypervisor: "xen",
      ImageLocation: `${alias ?? owner}/${name}`,
      ImageOwnerAlias: alias,
      ImageType: "machine",
      ImdsSupport: imds,
      OwnerId: owner,
      Platform: isWindows === true ? "windows" as sdk.PlatformValues : undefined,
      PlatformDetails: isWindows === true ? "Windows" : "Linux/UNIX",
      Public: true,
      RootDeviceName,
      RootDeviceType: "ebs",
      SriovNetSupport: "simple",
      State: "available",
      UsageOperation: isWindows === true ? "RunInstances:0002" : "RunInstances",
      VirtualizationType: "hvm"
    }
  })

const imageFilters = ({ region }: HandlerContext): Filters<Image> => ({
  ...absent(
    "kernel-id",
    "product-code",
    "product-code.type",
    "ramdisk-id",
    "source-instance-id",
    "state-reason-code",
    "state-reason-message"
  ),
  architecture: (image) => image.Architecture,
  "block-device-mapping.delete-on-termination": (image) =>
    image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.DeleteOnTermination),
  "block-device-mapping.device-name": (image) => image.BlockDeviceMappings.map(({ DeviceName }) => DeviceName),
  "block-device-mapping.encrypted": (image) => image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.Encrypted),
  "block-device-mapping.snapshot-id": (image) => image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.SnapshotId),
  "block-device-mapping.volume-size": (image) => image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeSize),
  "block-device-mapping.volume-type": (image) => image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeType),
  "boot-mode": (image) => image.BootMode,
  "creation-date": (image) => image.CreationDate,
  description: (image) => image.Description,
  "ena-support": (image) => image.EnaSupport,
  hypervisor: (image) => image.Hypervisor,
  "image-id": (image) => image.ImageId,
  "image-type": (image) => image.ImageType,
  "is-public": (image) => image.Public,
  "manifest-location": (image) => image.ImageLocation,
  name: (image) => image.Name,
  "owner-alias": (image) => image.ImageOwnerAlias,
  "owner-id": (image) => image.OwnerId,
  platform: (image) => image.Platform,
  "root-device-name": (image) => image.RootDeviceName,
  "root-device-type": (image) => image.RootDeviceType,
  "sriov-net-support": (image) => image.SriovNetSupport,
  state: (image) => image.State,
  "public-ssm-parameter-name": (image) =>
    [...publicParameters(region)].filter(([, id]) => id === image.ImageId).map(([name]) => name),
  "virtualization-type": (image) => image.VirtualizationType
})

const RESOLVE = "resolve:ssm:"

/** The image id that a request gives, by itself or by the name of a public parameter. */
const resolved = Effect.fnUntraced(function*({ region }: HandlerContext, given: string) {
  if (!given.startsWith(RESOLVE)) return given
  const name = given.slice(RESOLVE.length)
  return publicParameters(region).get(name) ??
    (yield* unsupported(
      `The in-memory EC2 doesn't resolve the parameter ${name}. It knows: ${
        [...publicParameters(region).keys()].join(", ")
      }.`
    ))
})

/** The image with this id, or that this parameter names. */
export const findImage = Effect.fnUntraced(function*(context: HandlerContext, given: string | undefined) {
  const id = yield* resolved(context, yield* required(given, "ImageId"))
  const found = imagesOf(context).find(({ ImageId }) => ImageId === id)
  if (found !== undefined) return found
  return yield* /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)
    ? fault("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`)
    : fault("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`)
})

export const handlers: Ec2Handlers = {
  DescribeImages: Effect.fnUntraced(function*(input, _, context) {
    const { ExecutableUsers, ImageIds = [], Owners = [] } = input
    yield* Effect.forEach(ImageIds, (id) => findImage(context, id))
    const named = imagesOf(context).filter(({ ImageId, ImageOwnerAlias = "none", OwnerId }) =>
      (ImageIds.length === 0 || ImageIds.includes(ImageId)) &&
      (Owners.length === 0 || Owners.includes(OwnerId) || Owners.includes(ImageOwnerAlias)) &&
      // Everyone can launch the public images, and nobody was given an image of another account.
      (ExecutableUsers === undefined || ExecutableUsers.includes("all"))
    )
    const found = yield* matching(context, named, input.Filters, imageFilters(context), () => [])
    const [Images, NextToken] = yield* page(context, found, input, ({ ImageId }) => ImageId)
    return { Images: [...Images], NextToken }
  })
}
