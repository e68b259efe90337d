/**
 * Managed instances: those of EC2 on which AWS's agent can register. As on AWS, an instance needs an instance profile whose role may call
 * `ssm:UpdateInstanceInformation`, such as one with the policy AmazonSSMManagedInstanceCore. Each image here has the agent.
 */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { settle } from "../ec2/changes.ts"
import { ec2 } from "../ec2/ec2.ts"
import { associationOf } from "../ec2/instanceProfiles.ts"
import type { Instance } from "../ec2/state.ts"
import type { HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { readAttached } from "../iam/policies.ts"
import type { Role } from "../iam/state.ts"
import { readDocument } from "../support/policyDocuments.ts"
import { matchesOf, verdictOf } from "../support/policyEvaluation.ts"
import { imageId, publicImages } from "../support/publicImages.ts"

/** How often the agent tells that it is there. */
const PING = 300_000

export interface Managed {
  readonly instance: Instance
  readonly isOnline: boolean
  readonly platform: sdk.PlatformType
}

const allows = (document: string): boolean =>
  verdictOf(matchesOf([{ policy: readDocument(document), source: undefined }], {
    action: "ssm:UpdateInstanceInformation",
    resource: "*",
    valuesOf: () => undefined,
    principal: undefined
  })) === "allowed"

/** Whether the role may register an instance. Dies if that depends on a policy whose document isn't known here. */
const mayRegister = Effect.fnUntraced(function*(role: Role, context: HandlerContext) {
  if ([...role.inline.values()].some(allows)) return true
  let unknown: Cause.Cause<unknown> | undefined
  for (const arn of role.attached) {
    const exit = yield* Effect.exit(readAttached(context.stateOf(iam), arn))
    if (Exit.isFailure(exit)) unknown = exit.cause
    else if (allows(exit.value.document)) return true
  }
  return unknown === undefined ? false : yield* Effect.die(Cause.squash(unknown))
})

/** The instances that are managed, by id. */
export const managedIn = Effect.fnUntraced(function*(context: HandlerContext) {
  const state = context.stateOf(ec2)
  settle(state, yield* Clock.currentTimeMillis)
  const profiles = context.stateOf(iam).profiles
  const byRole = new Map<Role, boolean>()
  const found = new Map<string, Managed>()
  for (const instance of state.instances.values()) {
    const { Name } = instance.State
    if (Name !== "running" && Name !== "stopping" && Name !== "stopped") continue
    const arn = associationOf(state, instance.InstanceId)?.IamInstanceProfile.Arn
    const role = [...profiles.values()].find((profile) => profile.arn === arn)?.role
    if (role === undefined) continue
    let isAllowed = byRole.get(role)
    if (isAllowed === undefined) byRole.set(role, isAllowed = yield* mayRegister(role, context))
    if (!isAllowed) continue
    found.set(instance.InstanceId, {
      instance,
      isOnline: Name === "running",
      platform: instance.Platform?.toLowerCase() === "windows" ? "Windows" : "Linux"
    })
  }
  return found
})

/** Whether an instance runs at this time. */
export const isRunning = (id: string, now: number, context: HandlerContext): boolean => {
  const state = context.stateOf(ec2)
  settle(state, now)
  return state.instances.get(id)?.State.Name === "running"
}

/** The name and the version of an instance's operating system, by its image. Of an own image, only the platform is known. */
const systemOf = ({ instance, platform }: Managed, region: string): readonly [name: string, version: string] => {
  const name = publicImages.find((image) => imageId(region, image) === instance.ImageId)?.name ?? ""
  const [, ubuntu] = /^ubuntu\/images\/.*-(\d\d\.\d\d)-/.exec(name) ?? []
  if (ubuntu !== undefined) return ["Ubuntu", ubuntu]
  const [, windows = "2022"] = /^Windows_Server-(\d{4})/.exec(name) ?? []
  if (platform === "Windows") {
    return [`Microsoft Windows Server ${windows} Datacenter`, windows === "2022" ? "10.0.20348" : "10.0.14393"]
  }
  return ["Amazon Linux", name.startsWith("amzn2-") ? "2" : "2023"]
}

export const toSdk = (managed: Managed, now: number, { region }: HandlerContext): sdk.InstanceInformation => {
  const { instance, isOnline, platform } = managed
  const registered = instance.LaunchTime?.getTime() ?? 0
  const [PlatformName, PlatformVersion] = systemOf(managed, region)
  return {
    InstanceId: instance.InstanceId,
    PingStatus: isOnline ? "Online" : "ConnectionLost",
    LastPingDateTime: new Date(isOnline ? now - (now - registered) % PING : registered),
    AgentVersion: "3.3.1230.0",
    IsLatestVersion: true,
    PlatformType: platform,
    PlatformName,
    PlatformVersion,
    RegistrationDate: new Date(registered),
    ResourceType: "EC2Instance",
    ...(instance.PrivateIpAddress !== undefined && { IPAddress: instance.PrivateIpAddress }),
    ...(instance.PrivateDnsName !== undefined && { ComputerName: instance.PrivateDnsName }),
    SourceId: instance.InstanceId,
    SourceType: "AWS::EC2::Instance"
  }
}
