/** In-memory EC2: the attributes of VPCs. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { find, vpcs } from "./kinds.ts"
import type { VpcAttributes } from "./networkState.ts"
import type { Ec2Handlers, State, Vpc } from "./state.ts"

export const newAttributes = ({ IsDefault }: Vpc): VpcAttributes => ({
  EnableDnsHostnames: IsDefault === true,
  EnableDnsSupport: true,
  EnableNetworkAddressUsageMetrics: false
})

/** Whether the public addresses of a VPC have DNS names. */
export const hasPublicNames = (state: State, vpcId: string): boolean => {
  const { EnableDnsHostnames = false, EnableDnsSupport = false } = state.vpcAttributes.get(vpcId) ?? {}
  return EnableDnsHostnames && EnableDnsSupport
}

const members: Readonly<Record<sdk.VpcAttributeName, keyof VpcAttributes>> = {
  enableDnsHostnames: "EnableDnsHostnames",
  enableDnsSupport: "EnableDnsSupport",
  enableNetworkAddressUsageMetrics: "EnableNetworkAddressUsageMetrics"
}

export const handlers: Ec2Handlers = {
  DescribeVpcAttribute: Effect.fnUntraced(function*(input, state) {
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const name = yield* required(input.Attribute, "attribute")
    if (!Object.hasOwn(members, name)) return yield* invalidValue(name, "attribute", "Unknown attribute.")
    const member = members[name]
    return { VpcId, [member]: { Value: state.vpcAttributes.get(VpcId)![member] } }
  }),

  ModifyVpcAttribute: Effect.fnUntraced(function*(input, state) {
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const given = Object.values(members).filter((member) => input[member] !== undefined)
    if (given.length > 1) return yield* combination("Fields for multiple attribute types specified")
    const [member] = given
    if (member === undefined) return yield* missing("attribute")
    const value = yield* required(input[member]?.Value, "value")
    const attributes = state.vpcAttributes.get(VpcId)!
    if (member === "EnableDnsHostnames" && value && !attributes.EnableDnsSupport) {
      return yield* fault(
        "InvalidParameterValue",
        "Enabling DNS hostnames requires that DNS support is enabled for the VPC."
      )
    }
    attributes[member] = value
    return {}
  }),

  ModifyVpcTenancy: Effect.fnUntraced(function*(input, state) {
    const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
    const tenancy = yield* required<string>(input.InstanceTenancy, "instanceTenancy")
    if (tenancy !== "default") {
      return yield* fault("UnsupportedTenancy", `The tenancy value ${tenancy} is not supported.`)
    }
    vpc.InstanceTenancy = "default"
    return { ReturnValue: true }
  })
}
