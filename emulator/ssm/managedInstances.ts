/** The command that lists managed instances. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { type Managed, managedIn, toSdk } from "./managed.ts"
import * as Ssm from "./state.ts"

type Values = (info: sdk.InstanceInformation, managed: Managed) => ReadonlyArray<string | undefined>

const none: Values = () => []

const keys: Readonly<Record<string, Values>> = {
  ActivationIds: none,
  AgentVersion: ({ AgentVersion }) => [AgentVersion],
  AssociationStatus: none,
  IamRole: none,
  InstanceIds: ({ InstanceId }) => [InstanceId],
  PingStatus: ({ PingStatus }) => [PingStatus],
  PlatformName: ({ PlatformName }) => [PlatformName],
  PlatformTypes: ({ PlatformType }) => [PlatformType],
  PlatformVersion: ({ PlatformVersion }) => [PlatformVersion],
  ResourceType: ({ ResourceType }) => [ResourceType],
  SourceIds: ({ SourceId }) => [SourceId],
  SourceTypes: ({ SourceType }) => [SourceType],
  "tag-key": (_, { instance }) => instance.Tags.map(({ Key }) => Key)
}

const valuesBy = (key: string): Values | undefined =>
  Object.hasOwn(keys, key)
    ? keys[key]
    : key.startsWith("tag:")
    ? (_, { instance }) => instance.Tags.filter(({ Key }) => Key === key.slice(4)).map(({ Value }) => Value)
    : undefined

const values = { required: true, min: 1, max: 100, each: { min: 1 } } as const

export const managedInstances: Ssm.SsmHandlers = {
  DescribeInstanceInformation: Effect.fnUntraced(function*(input, _, context) {
    const checked = yield* Ssm.check(input, {
      InstanceInformationFilterList: {
        members: {
          key: {
            required: true,
            enum: [
              "InstanceIds",
              "AgentVersion",
              "PingStatus",
              "PlatformTypes",
              "ActivationIds",
              "IamRole",
              "ResourceType",
              "AssociationStatus"
            ]
          },
          valueSet: values
        }
      },
      Filters: { members: { Key: { required: true, min: 1 }, Values: values } },
      MaxResults: { min: 5, max: 50 }
    })
    const { Filters = [], InstanceInformationFilterList: old = [] } = checked
    if (Filters.length > 0 && old.length > 0) {
      return yield* Ssm.validation("You can use either Filters or InstanceInformationFilterList in a single request.")
    }
    const now = yield* Clock.currentTimeMillis
    let found = [...(yield* managedIn(context)).values()].map((managed) => ({
      managed,
      info: toSdk(managed, now, context)
    }))
    const filters = [
      ...Filters.map(({ Key = "", Values = [] }) => ({ key: Key, wanted: [...Values] })),
      ...old.map(({ key = "", valueSet = [] }) => ({ key: key as string, wanted: [...valueSet] }))
    ]
    for (const { key, wanted } of filters) {
      const valuesOf = valuesBy(key)
      if (valuesOf === undefined) {
        return yield* new Fault({ code: "InvalidFilterKey", message: `The specified key isn't valid: ${key}.` })
      }
      found = found.filter(({ info, managed }) =>
        valuesOf(info, managed).some((value) => value !== undefined && wanted.includes(value))
      )
    }
    const [page, token] = yield* Ssm.page(context, found, input, 10, ({ info }) => info.InstanceId!)
    return { InstanceInformationList: page.map(({ info }) => info), NextToken: token }
  })
}
