/** In-memory EC2: the attributes of instances. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import { attachedTo } from "./enis.ts"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { architecturesOf, instanceTypeNames } from "./instanceTypeNames.ts"
import { cpuOptionsOf } from "./instanceTypes.ts"
import { find, findAll, groups, instances } from "./kinds.ts"
import type { Ec2Handlers, Instance, State } from "./state.ts"

type Answer = Omit<sdk.InstanceAttribute, "InstanceId">

const attributeOf: Readonly<Record<string, (instance: Instance, state: State) => Answer>> = {
  blockDeviceMapping: ({ BlockDeviceMappings }) => ({ BlockDeviceMappings }),
  disableApiStop: ({ attributes }) => ({ DisableApiStop: { Value: attributes.disableApiStop } }),
  disableApiTermination: ({ attributes }) => ({ DisableApiTermination: { Value: attributes.disableApiTermination } }),
  ebsOptimized: ({ EbsOptimized }) => ({ EbsOptimized: { Value: EbsOptimized } }),
  enaSupport: ({ EnaSupport }) => ({ EnaSupport: { Value: EnaSupport } }),
  enclaveOptions: ({ EnclaveOptions }) => ({ EnclaveOptions }),
  groupSet: ({ SecurityGroups }) => ({ Groups: SecurityGroups }),
  instanceInitiatedShutdownBehavior: ({ attributes }) => ({
    InstanceInitiatedShutdownBehavior: { Value: attributes.instanceInitiatedShutdownBehavior }
  }),
  instanceType: ({ InstanceType }) => ({ InstanceType: { Value: InstanceType } }),
  kernel: () => ({ KernelId: {} }),
  productCodes: () => ({ ProductCodes: [] }),
  ramdisk: () => ({ RamdiskId: {} }),
  rootDeviceName: ({ RootDeviceName }) => ({ RootDeviceName: { Value: RootDeviceName } }),
  sourceDestCheck: (instance, state) => ({
    SourceDestCheck: { Value: attachedTo(state, instance)[0]?.SourceDestCheck }
  }),
  sriovNetSupport: ({ SriovNetSupport }) => ({
    SriovNetSupport: SriovNetSupport === undefined ? {} : { Value: SriovNetSupport }
  }),
  userData: ({ attributes }) => ({ UserData: attributes.userData === undefined ? {} : { Value: attributes.userData } })
}

const isTrue = Effect.fnUntraced(function*(value: string | undefined, name: string) {
  const text = (yield* required(value, "value")).toLowerCase()
  return text === "true" || text === "false" ? text === "true" : yield* invalidValue(value, name)
})

/** The members of a request that gives the attribute by its name. */
const named = Effect.fnUntraced(function*(name: string, value: string | undefined) {
  switch (name) {
    case "disableApiStop":
      return { DisableApiStop: { Value: yield* isTrue(value, name) } }
    case "disableApiTermination":
      return { DisableApiTermination: { Value: yield* isTrue(value, name) } }
    case "ebsOptimized":
      return { EbsOptimized: { Value: yield* isTrue(value, name) } }
    case "sourceDestCheck":
      return { SourceDestCheck: { Value: yield* isTrue(value, name) } }
    case "instanceInitiatedShutdownBehavior":
      return { InstanceInitiatedShutdownBehavior: { Value: yield* required(value, "value") } }
    case "instanceType":
      return { InstanceType: { Value: yield* required(value, "value") } }
    case "userData":
      return { UserData: { Value: Buffer.from(value ?? "", "base64") } }
  }
  return Object.hasOwn(attributeOf, name)
    ? yield* unsupported(`The in-memory EC2 can't modify the attribute ${name} of an instance.`)
    : yield* invalidValue(name, "attribute", "Unknown attribute.")
})

interface Modification {
  readonly DisableApiStop?: sdk.AttributeBooleanValue | undefined
  readonly DisableApiTermination?: sdk.AttributeBooleanValue | undefined
  readonly BlockDeviceMappings?: ReadonlyArray<sdk.InstanceBlockDeviceMappingSpecification> | undefined
  readonly EnaSupport?: sdk.AttributeBooleanValue | undefined
  readonly SriovNetSupport?: sdk.AttributeValue | undefined
  readonly EbsOptimized?: sdk.AttributeBooleanValue | undefined
  readonly Groups?: ReadonlyArray<string> | undefined
  readonly InstanceInitiatedShutdownBehavior?: sdk.AttributeValue | undefined
  readonly InstanceType?: sdk.AttributeValue | undefined
  readonly SourceDestCheck?: sdk.AttributeBooleanValue | undefined
  readonly UserData?: { readonly Value?: Uint8Array | undefined } | undefined
}

const needsStopped = new Set(["EbsOptimized", "EnaSupport", "InstanceType", "SriovNetSupport", "UserData"])

/** Which volumes are deleted with the instance. */
const deviceChanges = Effect.fnUntraced(function*(
  state: State,
  instance: Instance,
  wanted: ReadonlyArray<sdk.InstanceBlockDeviceMappingSpecification>
) {
  const changes = yield* Effect.forEach(
    wanted,
    Effect.fnUntraced(function*({ DeviceName, Ebs }) {
      const name = yield* required(DeviceName, "deviceName")
      const device = instance.BlockDeviceMappings.find((one) => one.DeviceName === name)
      if (device?.Ebs === undefined) {
        return yield* fault(
          "InvalidInstanceAttributeValue",
          `No device is currently mapped at ${name}`
        )
      }
      if (Ebs?.VolumeId !== undefined && Ebs.VolumeId !== device.Ebs.VolumeId) {
        return yield* unsupported(
          "The in-memory EC2 modifies whether a volume is deleted with its instance, and no more."
        )
      }
      return { device: device.Ebs, isDeleted: yield* required(Ebs?.DeleteOnTermination, "deleteOnTermination") }
    })
  )
  return () => {
    for (const { device, isDeleted } of changes) {
      device.DeleteOnTermination = isDeleted
      const attachments = state.volumes.get(device.VolumeId ?? "")?.Attachments ?? []
      for (const attachment of attachments) {
        if (attachment.InstanceId === instance.InstanceId) attachment.DeleteOnTermination = isDeleted
      }
    }
  }
})

/** The changes that a request asks for, by the member that asks, once all of them are checked. */
const changesOf = Effect.fnUntraced(function*(state: State, instance: Instance, input: Modification) {
  const changes = new Map<string, () => void>()
  const { attributes } = instance
  const primary = attachedTo(state, instance)[0]
  const { DisableApiStop, DisableApiTermination, EbsOptimized, Groups, SourceDestCheck, UserData } = input
  if (DisableApiStop !== undefined) {
    const value = yield* required(DisableApiStop.Value, "value")
    changes.set("DisableApiStop", () => attributes.disableApiStop = value)
  }
  if (DisableApiTermination !== undefined) {
    const value = yield* required(DisableApiTermination.Value, "value")
    changes.set("DisableApiTermination", () => attributes.disableApiTermination = value)
  }
  if (EbsOptimized !== undefined) {
    const value = yield* required(EbsOptimized.Value, "value")
    changes.set("EbsOptimized", () => instance.EbsOptimized = value)
  }
  if (SourceDestCheck !== undefined) {
    const value = yield* required(SourceDestCheck.Value, "value")
    changes.set("SourceDestCheck", () => {
      if (primary !== undefined) primary.SourceDestCheck = value
    })
  }
  if (input.InstanceInitiatedShutdownBehavior !== undefined) {
    const value = yield* required(input.InstanceInitiatedShutdownBehavior.Value, "value")
    if (value !== "stop" && value !== "terminate") {
      return yield* invalidValue(value, "instanceInitiatedShutdownBehavior", "Use stop or terminate.")
    }
    changes.set("InstanceInitiatedShutdownBehavior", () => attributes.instanceInitiatedShutdownBehavior = value)
  }
  if (input.InstanceType !== undefined) {
    const value = yield* required(input.InstanceType.Value, "value")
    if (!instanceTypeNames.has(value)) {
      return yield* fault("InvalidInstanceAttributeValue", `Invalid value '${value}' for InstanceType.`)
    }
    if (!architecturesOf(value).includes(instance.Architecture ?? "")) {
      return yield* fault(
        "InvalidParameterCombination",
        `The instance type '${value}' is not supported for the architecture of the instance: ${instance.Architecture}`
      )
    }
    changes.set("InstanceType", () => {
      instance.InstanceType = value as sdk._InstanceType
      instance.CpuOptions = cpuOptionsOf(value)
    })
  }
  if (UserData !== undefined) {
    const value = Buffer.from(UserData.Value ?? []).toString("base64")
    if ((UserData.Value?.length ?? 0) > 16_384) {
      return yield* fault("InvalidParameterValue", "User data is limited to 16384 bytes")
    }
    changes.set("UserData", () => attributes.userData = value === "" ? undefined : value)
  }
  if (input.EnaSupport !== undefined) {
    const value = yield* required(input.EnaSupport.Value, "value")
    changes.set("EnaSupport", () => instance.EnaSupport = value)
  }
  if (input.SriovNetSupport !== undefined) {
    const value = yield* required(input.SriovNetSupport.Value, "value")
    if (value !== "simple") return yield* invalidValue(value, "sriovNetSupport", "Use simple.")
    changes.set("SriovNetSupport", () => instance.SriovNetSupport = value)
  }
  if (input.BlockDeviceMappings !== undefined) {
    const change = yield* deviceChanges(state, instance, input.BlockDeviceMappings)
    changes.set("BlockDeviceMappings", change)
  }
  if (Groups !== undefined) {
    if (Groups.length === 0) return yield* missing("groupId")
    const found = yield* findAll(state, groups, Groups, "groupId")
    const foreign = found.find(({ VpcId }) => VpcId !== instance.VpcId)
    if (foreign !== undefined) {
      return yield* fault(
        "InvalidGroup.NotFound",
        `The security group '${foreign.GroupId}' does not exist in VPC '${instance.VpcId}'`
      )
    }
    const members = () => found.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))
    changes.set("Groups", () => {
      instance.SecurityGroups = members()
      if (primary !== undefined) primary.Groups = members()
    })
  }
  return changes
})

export const handlers: Ec2Handlers = {
  DescribeInstanceAttribute: Effect.fnUntraced(function*(input, state) {
    const instance = yield* find(state, instances, input.InstanceId, "instanceId")
    const name = yield* required<string>(input.Attribute, "attribute")
    if (!Object.hasOwn(attributeOf, name)) return yield* invalidValue(name, "attribute", "Unknown attribute.")
    return { InstanceId: instance.InstanceId, ...attributeOf[name]!(instance, state) }
  }),

  ModifyInstanceAttribute: Effect.fnUntraced(function*(input, state) {
    const instance = yield* find(state, instances, input.InstanceId, "instanceId")
    const byName = input.Attribute === undefined ? {} : yield* named(input.Attribute, input.Value)
    const changes = new Map([
      ...yield* changesOf(state, instance, input),
      ...yield* changesOf(state, instance, byName)
    ])
    if (changes.size !== 1) {
      return yield* changes.size === 0
        ? fault("InvalidParameterCombination", "No attributes specified.")
        : combination("Fields for multiple attribute types specified")
    }
    const [[name, change]] = changes as unknown as readonly [readonly [string, () => void]]
    if (needsStopped.has(name) && instance.State.Name !== "stopped") {
      return yield* fault(
        "IncorrectInstanceState",
        `The instance '${instance.InstanceId}' is not in the 'stopped' state.`
      )
    }
    change()
    return {}
  }),

  ResetInstanceAttribute: Effect.fnUntraced(function*(input, state) {
    const instance = yield* find(state, instances, input.InstanceId, "instanceId")
    const name = yield* required<string>(input.Attribute, "attribute")
    if (name !== "sourceDestCheck" && name !== "kernel" && name !== "ramdisk") {
      return yield* invalidValue(name, "attribute", "Only kernel, ramdisk and sourceDestCheck can be reset.")
    }
    const primary = attachedTo(state, instance)[0]
    if (name === "sourceDestCheck") {
      if (primary !== undefined) primary.SourceDestCheck = true
    } else if (instance.State.Name !== "stopped") {
      return yield* fault(
        "IncorrectInstanceState",
        `The instance '${instance.InstanceId}' is not in the 'stopped' state.`
      )
    }
    return {}
  })
}
