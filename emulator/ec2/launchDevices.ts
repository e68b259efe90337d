/** In-memory EC2: the volumes that new instances get. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { addVolume, attachVolume, planVolume, type VolumePlan } from "./devices.ts"
import { fault, required } from "./faults.ts"
import type { Image, Instance, State } from "./state.ts"

export interface Device {
  readonly device: string
  readonly deleteOnTermination: boolean
  readonly plan: VolumePlan
}

/**
 * Whether a device is an instance store. It has no volume, and no instance shows it. AWS ignores those that the type of the instance
 * doesn't have.
 */
const isInstanceStore = Effect.fnUntraced(function*(
  { DeviceName, Ebs, VirtualName }: sdk.BlockDeviceMapping,
  { RootDeviceName }: Image
) {
  if (VirtualName === undefined) return false
  if (Ebs !== undefined || DeviceName === RootDeviceName || !/^ephemeral\d+$/.test(VirtualName)) {
    return yield* unsupported(
      `The in-memory EC2 doesn't support BlockDeviceMappings[].VirtualName ${VirtualName} for ${DeviceName}.`,
      "Give an instance store such as ephemeral0 a device of its own, without Ebs."
    )
  }
  return true
})

/** The devices of the image, and those of the request in their place or beside them. The root device is the first one. */
export const devicesOf = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  image: Image,
  requested: ReadonlyArray<sdk.BlockDeviceMapping> = []
) {
  const ofImage = new Map(image.BlockDeviceMappings.map(({ DeviceName = "", Ebs }) => [DeviceName, Ebs]))
  const wanted = new Map<string, sdk.EbsBlockDevice | undefined>(
    Array.from(ofImage.keys(), (name) => [name, undefined])
  )
  for (const mapping of requested) {
    const { DeviceName, Ebs, NoDevice } = mapping
    const name = yield* required(DeviceName, "deviceName")
    if (NoDevice !== undefined || (yield* isInstanceStore(mapping, image))) wanted.delete(name)
    else wanted.set(name, Ebs)
    if (name === image.RootDeviceName && Ebs?.SnapshotId !== undefined) {
      if (Ebs.SnapshotId !== ofImage.get(name)?.SnapshotId) {
        return yield* fault("InvalidBlockDeviceMapping", "snapshotId cannot be modified on root device")
      }
    }
  }
  return yield* Effect.forEach(
    wanted,
    Effect.fnUntraced(function*([device, ebs = {}]) {
      const own = ofImage.get(device)
      const isOfImage = own !== undefined && (ebs.SnapshotId === undefined || ebs.SnapshotId === own.SnapshotId)
      if ((ebs.SnapshotId ?? own?.SnapshotId ?? ebs.VolumeSize) === undefined) {
        return yield* fault(
          "InvalidBlockDeviceMapping",
          `Either snapshot ID or volume size must be provided for: ${device}`
        )
      }
      const plan = yield* planVolume(state, context, {
        Size: ebs.VolumeSize ?? own?.VolumeSize,
        VolumeType: ebs.VolumeType,
        Iops: ebs.Iops ?? (ebs.VolumeType === undefined ? own?.Iops : undefined),
        Throughput: ebs.Throughput ?? (ebs.VolumeType === undefined ? own?.Throughput : undefined),
        SnapshotId: ebs.SnapshotId ?? own?.SnapshotId,
        Encrypted: ebs.Encrypted ?? own?.Encrypted,
        KmsKeyId: ebs.KmsKeyId,
        VolumeInitializationRate: ebs.VolumeInitializationRate
      }, {
        VolumeType: own?.VolumeType ?? "gp2",
        ...(isOfImage && { snapshotSize: own.VolumeSize ?? 1 })
      })
      const deleteOnTermination = ebs.DeleteOnTermination ?? own?.DeleteOnTermination ?? true
      return { device, deleteOnTermination, plan }
    })
  )
})

/** Gives an instance its volumes. */
export const addDevices = (state: State, context: HandlerContext, now: number, instance: Instance, options: {
  readonly devices: ReadonlyArray<Device>
  readonly tags: ReadonlyArray<sdk.Tag>
}): void => {
  const zone = { name: instance.Placement.AvailabilityZone ?? "", id: instance.Placement.AvailabilityZoneId ?? "" }
  for (const { deleteOnTermination, device, plan } of options.devices) {
    const volume = addVolume(state, context, now, { zone, plan, tags: options.tags })
    attachVolume(context, instance, volume, { now, device, deleteOnTermination })
  }
}
