/** In-memory ECS: capacity providers. There is no Auto Scaling here, so a group exists if its ARN is well formed. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import * as Ecs from "./state.ts"

const reserved = /^(?:aws|ecs|fargate)/i

const scaling = (given: sdk.ManagedScaling | undefined): sdk.ManagedScaling =>
  given?.status === "ENABLED"
    ? {
      targetCapacity: 100,
      minimumScalingStepSize: 1,
      maximumScalingStepSize: 10_000,
      instanceWarmupPeriod: 300,
      ...given
    }
    : { status: "DISABLED", ...given }

const toSdkProvider = (
  { arn, autoScalingGroup, name, tags }: Ecs.CapacityProvider,
  include: ReadonlyArray<string> = []
): sdk.CapacityProvider => ({
  capacityProviderArn: arn,
  name,
  status: "ACTIVE",
  autoScalingGroupProvider: autoScalingGroup,
  tags: include.includes("TAGS") ? [...tags] : [],
  type: "EC2_AUTOSCALING"
})

const ofFargate = (name: "FARGATE" | "FARGATE_SPOT", context: HandlerContext): sdk.CapacityProvider => ({
  capacityProviderArn: context.arn("ecs", `capacity-provider/${name}`),
  name,
  status: "ACTIVE",
  tags: [],
  type: name
})

const findProvider = ({ providers }: Ecs.State, reference: string) => {
  const provider = providers.get(nameIn(reference))
  return provider === undefined || (reference.startsWith("arn:") && reference !== provider.arn)
    ? Effect.fail(
      Ecs.clientError("The specified capacity provider does not exist. Specify a valid name or ARN and try again.")
    )
    : Effect.succeed(provider)
}

export const handlers: Ecs.EcsHandlers = {
  CreateCapacityProvider: Effect.fnUntraced(function*(input, state, context) {
    const { autoScalingGroupProvider: group, name = "", tags = [] } = input
    if (!Ecs.identifier.test(name) || reserved.test(name)) {
      return yield* Ecs.clientError(
        "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with 'aws', 'ecs', or 'fargate'. Specify a valid name and try again."
      )
    }
    const { autoScalingGroupArn = "", managedDraining, managedScaling, managedTerminationProtection } = group ?? {}
    if (parseArn(autoScalingGroupArn)?.service !== "autoscaling") {
      return yield* Ecs.clientError(
        "The specified Auto Scaling group ARN is invalid. Specify a valid ARN and try again."
      )
    }
    if (state.providers.has(name)) {
      return yield* Ecs.clientError(
        "The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider."
      )
    }
    if (managedTerminationProtection === "ENABLED" && managedScaling?.status !== "ENABLED") {
      return yield* Ecs.clientError(
        "The managed termination protection setting for the capacity provider requires that managed scaling be enabled."
      )
    }
    const provider: Ecs.CapacityProvider = {
      name,
      arn: context.arn("ecs", `capacity-provider/${name}`),
      autoScalingGroup: {
        autoScalingGroupArn,
        managedScaling: scaling(managedScaling && { ...managedScaling }),
        managedTerminationProtection: managedTerminationProtection ?? "DISABLED",
        managedDraining: managedDraining ?? "ENABLED"
      },
      tags: yield* Ecs.tags.add([], tags)
    }
    state.providers.set(name, provider)
    return { capacityProvider: toSdkProvider(provider, ["TAGS"]) }
  }),

  UpdateCapacityProvider: Effect.fnUntraced(function*(input, state) {
    const provider = yield* findProvider(state, input.name ?? "")
    const { managedDraining, managedScaling, managedTerminationProtection } = input.autoScalingGroupProvider ?? {}
    const before = provider.autoScalingGroup
    provider.autoScalingGroup = {
      ...before,
      ...(managedScaling && { managedScaling: scaling({ ...before.managedScaling, ...managedScaling }) }),
      ...(managedTerminationProtection && { managedTerminationProtection }),
      ...(managedDraining && { managedDraining })
    }
    return { capacityProvider: { ...toSdkProvider(provider), updateStatus: "UPDATE_COMPLETE" } }
  }),

  DescribeCapacityProviders: Effect.fnUntraced(function*(input, state, context) {
    const { capacityProviders = [], include, maxResults = 10, nextToken } = input
    const all = [
      ofFargate("FARGATE", context),
      ofFargate("FARGATE_SPOT", context),
      ...[...state.providers.values()].map((provider) => toSdkProvider(provider, include))
    ]
    const known = (reference: string) =>
      all.find(({ capacityProviderArn, name }) => reference === name || reference === capacityProviderArn)
    const wanted = capacityProviders.length === 0 ? all : capacityProviders.flatMap((name) => known(name) ?? [])
    const [page, token] = yield* context.page(wanted, {
      token: nextToken,
      size: maxResults,
      key: ({ name = "" }) => name,
      query: input,
      invalid: Ecs.invalidToken
    })
    return {
      capacityProviders: [...page],
      failures: capacityProviders.filter((name) => known(name) === undefined).map((name) => ({
        arn: name.startsWith("arn:") ? name : context.arn("ecs", `capacity-provider/${name}`),
        reason: "MISSING"
      })),
      nextToken: token
    }
  }),

  DeleteCapacityProvider: Effect.fnUntraced(function*({ capacityProvider: reference = "" }, state) {
    if (Ecs.isFargateProvider(nameIn(reference))) {
      return yield* Ecs.clientError(
        "The specified capacity provider is reserved and cannot be deleted."
      )
    }
    const provider = yield* findProvider(state, reference)
    const isUsed = [...state.clusters.values()].some(({ isActive, settings }) =>
      isActive && settings.capacityProviders?.includes(provider.name)
    )
    if (isUsed) {
      return yield* new Fault({
        code: "ClientException",
        message:
          "The capacity provider cannot be deleted because it is associated with cluster(s). Remove the capacity provider from the cluster and try again."
      })
    }
    state.providers.delete(provider.name)
    return {
      capacityProvider: { ...toSdkProvider(provider), status: "INACTIVE", updateStatus: "DELETE_COMPLETE" }
    }
  })
}
