/** In-memory EC2: how images are found. A few well-known public ones are there. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { imageId, publicId, publicImages, publicParameters } from "../support/publicImages.ts"
import { fault, required } from "./faults.ts"
import { absent, type Filters, matching, page } from "./filters.ts"
import { checkId, images } from "./kinds.ts"
import type { Ec2Handlers, Image, State } from "./state.ts"
import { tagsIfAny } from "./tags.ts"

/** The public images of a region. */
const publicImagesOf = ({ region }: Pick<HandlerContext, "region">): ReadonlyArray<Image> =>
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
          SnapshotId: publicId("snap-", region, name),
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
      VirtualizationType: "hvm",
      Tags: []
    }
  })

export const imagesOf = (state: State, context: Pick<HandlerContext, "region">): ReadonlyArray<Image> => [
  ...state.images.values(),
  ...publicImagesOf(context)
]

/** The image as AWS answers it: without a list of tags when it has none. */
const described = ({ Tags, ...image }: Image): sdk.Image => ({ ...image, ...tagsIfAny(Tags) })

const imageFilters = ({ region }: HandlerContext): Filters<Image> => ({
  ...absent(
    "kernel-id",
    "product-code",
    "product-code.type",
    "image-watermark.source-image-creation-time",
    "image-watermark.source-image-id",
    "image-watermark.source-image-region",
    "image-watermark.watermark-creation-time",
    "image-watermark.watermark-key",
    "image-allowed",
    "instance-type-specification.supported-instance-type",
    "instance-type-specification.unsupported-instance-type",
    "ramdisk-id",
    "scan-result.critical-fix-available-since",
    "scan-result.finding-scan-date",
    "scan-result.high-fix-available-since",
    "scan-result.highest-finding-severity-label",
    "scan-result.informational-fix-available-since",
    "scan-result.low-fix-available-since",
    "scan-result.medium-fix-available-since",
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
  "source-image-id": (image) => image.SourceImageId,
  "source-image-region": (image) => image.SourceImageRegion,
  "source-instance-id": (image) => image.SourceInstanceId,
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

/** Whether this is the id of an image that the account can use. */
export const isImage = (state: State, context: HandlerContext, id: string): boolean =>
  imagesOf(state, context).some(({ ImageId }) => ImageId === id)

/** The images with these ids. Fails if one of them doesn't exist. */
const findImages = Effect.fnUntraced(function*(state: State, context: HandlerContext, ids: ReadonlyArray<string>) {
  const all = new Map(imagesOf(state, context).map((image) => [image.ImageId, image]))
  for (const id of ids) yield* checkId(images, id)
  const unknown = ids.filter((id) => !all.has(id))
  if (unknown.length === 0) return ids.map((id) => all.get(id)!)
  return yield* fault(
    images.notFound,
    unknown.length === 1
      ? `The image id '[${unknown[0]}]' does not exist`
      : `The image ids '[${unknown.join(", ")}]' do not exist`
  )
})

/** The image with this id, or that this parameter names. It need not be ready. */
export const findImage = Effect.fnUntraced(
  function*(state: State, context: HandlerContext, given: string | undefined) {
    const id = yield* resolved(context, yield* required(given, "ImageId"))
    if (state.deregistered.has(id)) {
      return yield* fault("InvalidAMIID.Unavailable", `The image id '[${id}]' is no longer available`)
    }
    const [image] = yield* findImages(state, context, [id])
    return image!
  }
)

/** The same, to launch instances of it. */
export const findLaunchable = Effect.fnUntraced(
  function*(state: State, context: HandlerContext, given: string | undefined) {
    const image = yield* findImage(state, context, given)
    return image.State === "available" ? image : yield* fault(
      "InvalidAMIID.Unavailable",
      `The image ID '${image.ImageId}' is currently ${image.State} and may not be run`
    )
  }
)

export const handlers: Ec2Handlers = {
  DescribeImages: Effect.fnUntraced(function*(input, state, context) {
    const { ExecutableUsers, ImageIds = [], Owners = [] } = input
    const all = ImageIds.length > 0
      ? new Set(yield* findImages(state, context, ImageIds))
      : imagesOf(state, context)
    const isOwner = (owner: string, { ImageOwnerAlias, OwnerId }: Image) =>
      owner === OwnerId || owner === ImageOwnerAlias || (owner === "self" && OwnerId === context.account)
    const named = [...all].filter((image) =>
      (Owners.length === 0 || Owners.some((owner) => isOwner(owner, image))) &&
      // Nobody was given an image of another account.
      (ExecutableUsers === undefined || (ExecutableUsers.includes("all") && image.Public))
    )
    const found = yield* matching(context, named, input.Filters, imageFilters(context), ({ Tags }) => Tags)
    const [Images, NextToken] = yield* page(context, found, input, ({ ImageId }) => ImageId)
    return { Images: Images.map(described), NextToken }
  })
}
