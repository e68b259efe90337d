/** In-memory EC2: instances. Any well-formed AMI id can be launched. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ec2 from "./Ec2State.ts"
import type { Fault, HandlerContext } from "./Service.ts"

/** How long an instance takes from `pending` to `running`. */
const START = Ec2.seconds(15)
/** How long it takes from `stopping` to `stopped`, and from `shutting-down` to `terminated`. */
const STOP = Ec2.seconds(30)
/** How long a terminated instance stays listed. */
const LISTED = Ec2.seconds(3600)

const codes: Readonly<Record<sdk.InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80
}

const stateOf = (Name: sdk.InstanceStateName) => ({ Code: codes[Name], Name })

/** Enters a state now, and leaves it for the next one at the given time, unless the instance has left it earlier. */
const transition = (
  state: Ec2.State,
  instance: Ec2.Instance,
  at: number,
  [from, to]: readonly [sdk.InstanceStateName, sdk.InstanceStateName],
  then: (at: number) => void = () => {}
) => {
  instance.State = stateOf(from)
  Ec2.schedule(state, at, (at) => {
    if (instance.State.Name !== from) return
    instance.State = stateOf(to)
    then(at)
  })
}

const start = (state: Ec2.State, instance: Ec2.Instance, now: number) =>
  transition(state, instance, now + START, ["pending", "running"])

export const attach = (
  eni: Ec2.Eni,
  context: HandlerContext,
  now: number,
  attachment: sdk.NetworkInterfaceAttachment
) => {
  eni.Status = "in-use"
  eni.Attachment = {
    AttachmentId: context.id("eni-attach-", 17),
    AttachTime: new Date(now),
    InstanceOwnerId: context.account,
    NetworkCardIndex: 0,
    Status: "attached",
    ...attachment
  }
}

export const detach = (eni: Ec2.Eni) => {
  eni.Status = "available"
  eni.Attachment = undefined
}

const attachedTo = (state: Ec2.State, { InstanceId }: Ec2.Instance) =>
  [...state.enis.values()].filter(({ Attachment }) => Attachment?.InstanceId === InstanceId)

const terminate = (state: Ec2.State, instance: Ec2.Instance, now: number) =>
  transition(state, instance, now + STOP, ["shutting-down", "terminated"], (at) => {
    for (const eni of attachedTo(state, instance)) {
      if (eni.Attachment?.DeleteOnTermination === true) Ec2.removeEni(state, eni)
      else detach(eni)
    }
    Object.assign(instance, { VpcId: undefined, SubnetId: undefined, PrivateIpAddress: undefined, SecurityGroups: [] })
    Ec2.schedule(state, at + LISTED, () => state.instances.delete(instance.InstanceId))
  })

const toInstanceEni = (eni: Ec2.Eni): sdk.InstanceNetworkInterface => {
  const { AvailabilityZone: _, Attachment, RequesterId: _2, RequesterManaged: _3, TagSet: _4, ...rest } = eni
  const { InstanceId: _5, InstanceOwnerId: _6, ...attachment } = Attachment ?? {}
  return structuredClone({ ...rest, Attachment: attachment }) as sdk.InstanceNetworkInterface
}

const toSdkInstances = (state: Ec2.State, instances: ReadonlyArray<Ec2.Instance>): ReadonlyArray<sdk.Instance> => {
  const enis = Map.groupBy(state.enis.values(), ({ Attachment }) => Attachment?.InstanceId)
  return instances.map((instance) => {
    const { reservation: _, ...rest } = instance
    return {
      ...structuredClone(rest),
      NetworkInterfaces: (enis.get(instance.InstanceId) ?? []).map(toInstanceEni)
        .sort((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0))
    }
  })
}

const defaultSubnet = Effect.fnUntraced(function*(state: Ec2.State, zone: string | undefined) {
  const subnet = [...state.subnets.values()].filter(({ AvailabilityZone, DefaultForAz }) =>
    DefaultForAz === true && (zone === undefined || zone === AvailabilityZone)
  ).sort((a, b) =>
    a.AvailabilityZone < b.AvailabilityZone ? -1 : 1
  )[0]
  return subnet ?? (yield* Ec2.fault("VPCIdNotSpecified", "No default VPC for this user."))
})

const instanceFilters: Ec2.Filters<Ec2.Instance> = {
  "instance-id": (instance) => instance.InstanceId,
  "instance-state-name": (instance) => instance.State.Name,
  "instance-state-code": (instance) => instance.State.Code,
  "instance-type": (instance) => instance.InstanceType,
  "image-id": (instance) => instance.ImageId,
  "vpc-id": (instance) => instance.VpcId,
  "subnet-id": (instance) => instance.SubnetId,
  "availability-zone": (instance) => instance.Placement?.AvailabilityZone,
  "private-ip-address": (instance) => instance.PrivateIpAddress,
  "private-dns-name": (instance) => instance.PrivateDnsName,
  "reservation-id": (instance) => instance.reservation,
  "client-token": (instance) => instance.ClientToken,
  "instance.group-id": (instance) => instance.SecurityGroups?.map(({ GroupId }) => GroupId),
  "instance.group-name": (instance) => instance.SecurityGroups?.map(({ GroupName }) => GroupName),
  "key-name": (instance) => instance.KeyName,
  tenancy: (instance) => instance.Placement?.Tenancy
}

const filtersWithEnis = (state: Ec2.State): Ec2.Filters<Ec2.Instance> => ({
  ...instanceFilters,
  "network-interface.network-interface-id": (instance) =>
    attachedTo(state, instance).map(({ NetworkInterfaceId }) => NetworkInterfaceId),
  "network-interface.subnet-id": (instance) => attachedTo(state, instance).map(({ SubnetId }) => SubnetId),
  "network-interface.vpc-id": (instance) => attachedTo(state, instance).map(({ VpcId }) => VpcId)
})

/** Changes the states of all the instances, or of none if one doesn't exist. */
const change = Effect.fnUntraced(function*(
  state: Ec2.State,
  ids: ReadonlyArray<string> | undefined,
  act: (instance: Ec2.Instance, now: number) => Effect.Effect<void, Fault>
) {
  const now = yield* Clock.currentTimeMillis
  if (ids === undefined || ids.length === 0) return yield* Ec2.missing("InstanceId")
  const found = new Set(yield* Effect.forEach(ids, (id) => Ec2.find(state, Ec2.instances, id, "InstanceId")))
  return yield* Effect.forEach(found, (instance) => {
    const before = instance.State
    return Effect.map(act(instance, now), (): sdk.InstanceStateChange => ({
      InstanceId: instance.InstanceId,
      PreviousState: { ...before },
      CurrentState: { ...instance.State }
    }))
  })
})

const wrongState = ({ InstanceId }: Ec2.Instance, action: string) =>
  Ec2.fault("IncorrectInstanceState", `The instance '${InstanceId}' is not in a state from which it can be ${action}.`)

export const handlers: Ec2.Ec2Handlers = {
  RunInstances: (input, state, context) =>
    Ec2.idempotent(
      state,
      context,
      input,
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const ImageId = yield* Ec2.required(input.ImageId, "ImageId")
        if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(ImageId)) {
          return yield* Ec2.fault("InvalidAMIID.Malformed", `Invalid id: "${ImageId}" (expecting "ami-...")`)
        }
        const min = yield* Ec2.required(input.MinCount, "MinCount")
        const max = yield* Ec2.required(input.MaxCount, "MaxCount")
        if (min < 1) return yield* Ec2.invalidValue(min, "minCount", "Minimum value is 1.")
        if (max < min) return yield* Ec2.invalidValue(max, "maxCount", "It must not be less than minCount.")
        const tags = yield* Ec2.newTags(input.TagSpecifications, "instance", ["network-interface", "volume"])
        const eniTags = yield* Ec2.newTags(input.TagSpecifications, "network-interface", ["instance", "volume"])
        const given = input.NetworkInterfaces
        if (given !== undefined && (input.SubnetId !== undefined || input.SecurityGroupIds !== undefined)) {
          return yield* Ec2.fault(
            "InvalidParameterCombination",
            `Network interfaces and an instance-level ${
              input.SubnetId === undefined ? "security groups" : "subnet ID"
            } may not be specified on the same request`
          )
        }
        const specifications: ReadonlyArray<sdk.InstanceNetworkInterfaceSpecification> = given ?? [{
          SubnetId: input.SubnetId,
          Groups: input.SecurityGroupIds,
          PrivateIpAddress: input.PrivateIpAddress,
          DeviceIndex: 0,
          DeleteOnTermination: true
        }]
        const wanted = yield* Effect.forEach(
          specifications,
          Effect.fnUntraced(function*(specification) {
            if (specification.NetworkInterfaceId === undefined) {
              const subnet = specification.SubnetId === undefined
                ? yield* defaultSubnet(state, input.Placement?.AvailabilityZone)
                : yield* Ec2.find(state, Ec2.subnets, specification.SubnetId, "subnetId")
              return { specification, subnet, existing: undefined }
            }
            const existing = yield* Ec2.find(
              state,
              Ec2.enis,
              specification.NetworkInterfaceId,
              "networkInterfaceId"
            )
            if (existing.Attachment !== undefined || max > 1) {
              return yield* Ec2.fault(
                "InvalidNetworkInterface.InUse",
                `Interface: ${existing.NetworkInterfaceId} in use.`
              )
            }
            return { specification, subnet: state.subnets.get(existing.SubnetId)!, existing }
          })
        )
        const needed = wanted.filter(({ existing }) => existing === undefined)
        const room = Math.min(...needed.map(({ subnet }) =>
          Math.floor(subnet.AvailableIpAddressCount / needed.filter((other) => other.subnet === subnet).length)
        ))
        if (room < min) {
          return yield* Ec2.fault(
            "InsufficientFreeAddressesInSubnet",
            `There are not enough free addresses in subnet '${
              needed[0]?.subnet.SubnetId
            }' to satisfy the requested number of instances.`
          )
        }
        const reservation = context.id("r-", 17)
        const ids: Array<string> = []
        for (let index = 0; index < Math.min(max, room); index++) {
          const InstanceId = context.id("i-", 17)
          const attached = yield* Effect.forEach(wanted, ({ existing, specification, subnet }, position) =>
            (existing === undefined
              ? Ec2.addEni(state, context, {
                subnet,
                type: (specification.InterfaceType ?? "interface") as sdk.NetworkInterfaceType,
                description: specification.Description ?? "",
                groups: specification.Groups,
                address: specification.PrivateIpAddress,
                tags: eniTags
              })
              : Effect.succeed(existing)).pipe(
                Effect.tap((eni) =>
                  Effect.sync(() =>
                    attach(eni, context, now, {
                      InstanceId,
                      DeviceIndex: specification.DeviceIndex ?? position,
                      DeleteOnTermination: specification.DeleteOnTermination ?? existing === undefined
                    })
                  )
                )
              ))
          const primary = attached.find(({ Attachment }) =>
            Attachment?.DeviceIndex === 0
          ) ?? attached[0]!
          const instance: Ec2.Instance = {
            reservation,
            InstanceId,
            ImageId,
            InstanceType: input.InstanceType ?? "m1.small",
            State: stateOf("pending"),
            AmiLaunchIndex: index,
            Architecture: "x86_64",
            ClientToken: Ec2.tokenOf(context),
            Hypervisor: "xen",
            KeyName: input.KeyName,
            LaunchTime: new Date(now),
            Monitoring: { State: input.Monitoring?.Enabled === true ? "enabled" : "disabled" },
            Placement: { Tenancy: "default", ...input.Placement, AvailabilityZone: primary.AvailabilityZone },
            PrivateDnsName: primary.PrivateDnsName,
            PrivateIpAddress: primary.PrivateIpAddress,
            PublicDnsName: "",
            RootDeviceName: "/dev/sda1",
            RootDeviceType: "ebs",
            SecurityGroups: primary.Groups.map((group) => ({ ...group })),
            SourceDestCheck: true,
            StateTransitionReason: "",
            SubnetId: primary.SubnetId,
            VpcId: primary.VpcId,
            VirtualizationType: "hvm",
            Tags: tags.map((tag) => ({ ...tag }))
          }
          state.instances.set(InstanceId, instance)
          start(state, instance, now)
          ids.push(InstanceId)
        }
        return () => ({
          ReservationId: reservation,
          OwnerId: context.account,
          Groups: [],
          Instances: [...toSdkInstances(
            state,
            ids.flatMap((id) =>
              state.instances.get(id) ?? []
            )
          )]
        })
      })
    ),

  DescribeInstances: Effect.fnUntraced(function*(input, state, context) {
    const [page, token] = yield* Ec2.describe(state, context, Ec2.instances, {
      input,
      ids: input.InstanceIds,
      idsName: "instancesSet",
      filters: input.Filters,
      supported: filtersWithEnis(state)
    })
    return {
      Reservations: Array.from(Map.groupBy(page, ({ reservation }) => reservation), ([ReservationId, instances]) => ({
        ReservationId,
        OwnerId: context.account,
        Groups: [],
        Instances: [...toSdkInstances(state, instances)]
      })),
      NextToken: token
    }
  }),

  TerminateInstances: Effect.fnUntraced(function*({ InstanceIds }, state) {
    const TerminatingInstances = yield* change(state, InstanceIds, (instance, now) =>
      Effect.sync(() => {
        const { Name } = instance.State
        if (Name !== "terminated" && Name !== "shutting-down") terminate(state, instance, now)
      }))
    return { TerminatingInstances }
  }),

  StopInstances: Effect.fnUntraced(function*({ InstanceIds }, state) {
    const StoppingInstances = yield* change(
      state,
      InstanceIds,
      Effect.fnUntraced(function*(instance, now) {
        const { Name } = instance.State
        if (Name === "running") transition(state, instance, now + STOP, ["stopping", "stopped"])
        else if (Name !== "stopping" && Name !== "stopped") return yield* wrongState(instance, "stopped")
      })
    )
    return { StoppingInstances }
  }),

  StartInstances: Effect.fnUntraced(function*({ InstanceIds }, state) {
    const StartingInstances = yield* change(
      state,
      InstanceIds,
      Effect.fnUntraced(function*(instance, now) {
        const { Name } = instance.State
        if (Name === "stopped") start(state, instance, now)
        else if (Name !== "pending" && Name !== "running") return yield* wrongState(instance, "started")
      })
    )
    return { StartingInstances }
  }),

  AttachNetworkInterface: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const eni = yield* Ec2.find(state, Ec2.enis, input.NetworkInterfaceId, "networkInterfaceId")
    const instance = yield* Ec2.find(state, Ec2.instances, input.InstanceId, "instanceId")
    const DeviceIndex = yield* Ec2.required(input.DeviceIndex, "deviceIndex")
    if (eni.Attachment !== undefined) {
      return yield* Ec2.fault("InvalidNetworkInterface.InUse", `Interface: ${eni.NetworkInterfaceId} in use.`)
    }
    if (instance.State.Name !== "running" && instance.State.Name !== "stopped") {
      return yield* Ec2.fault(
        "IncorrectState",
        `The instance '${instance.InstanceId}' is not 'running' or 'stopped'.`
      )
    }
    if (eni.AvailabilityZone !== instance.Placement?.AvailabilityZone) {
      return yield* Ec2.fault(
        "InvalidParameterCombination",
        "You may not attach a network interface to an instance if they are not in the same availability zone"
      )
    }
    if (attachedTo(state, instance).some(({ Attachment }) => Attachment?.DeviceIndex === DeviceIndex)) {
      return yield* Ec2.fault(
        "InvalidParameterValue",
        `Instance '${instance.InstanceId}' already has an interface attached at device index '${DeviceIndex}'.`
      )
    }
    attach(eni, context, now, { InstanceId: instance.InstanceId, DeviceIndex, DeleteOnTermination: false })
    return { AttachmentId: eni.Attachment!.AttachmentId, NetworkCardIndex: 0 }
  }),

  DetachNetworkInterface: Effect.fnUntraced(function*(input, state) {
    const id = yield* Ec2.required(input.AttachmentId, "attachmentId")
    const eni = [...state.enis.values()].find(({ Attachment }) => Attachment?.AttachmentId === id)
    if (eni?.Attachment?.InstanceId === undefined) {
      return yield* Ec2.fault(
        "InvalidAttachmentID.NotFound",
        `The networkInterface attachment ID '${id}' does not exist`
      )
    }
    if (eni.Attachment.DeviceIndex === 0) {
      return yield* Ec2.fault(
        "OperationNotPermitted",
        "The network interface at device index 0 cannot be detached."
      )
    }
    detach(eni)
    return {}
  })
}
