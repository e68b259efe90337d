/** In-memory EC2: how tables of permissions are written. Requests name resources by ids, whose prefixes tell the type. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { CommandIO, MetadataBearer } from "@smithy/types"
import type { ConditionValues, Need, Place } from "../engine/authorization.ts"
import { iam } from "../iam/iam.ts"
import { type Tag, tagValues, values } from "../support/needsOfState.ts"
import { keyPairs, kinds, placementGroups } from "./kinds.ts"
import { empty, type State } from "./state.ts"

/** The ARN of a resource by its type, and by what the ARN has at its end: an id, a name, or `*` for what the call creates. */
export const arnOf = ({ account, partition, region }: Place, type: string, id = "*"): string =>
  `arn:${partition}:ec2:${region}:${type === "image" || type === "snapshot" ? "" : account}:${type}/${id}`

/** The ARN of a resource by its id. */
export const arnOfId = (id: string, place: Place, state: State): string => {
  const kind = kinds.find(({ prefix }) => id.startsWith(prefix))
  if (kind === keyPairs) return arnOf(place, "key-pair", state.keyPairs.get(id)?.KeyName)
  if (kind === placementGroups) return arnOf(place, "placement-group", state.placementGroups.get(id)?.GroupName)
  return kind === undefined ? "*" : arnOf(place, kind.type, id)
}

type Found = ReadonlyArray<string | Need>

/** What an operation is about: resources, of which each is an id or an ARN, or whole needs. */
type About<I> = (input: I, place: Place, state: State) => Found

/** An operation that creates something. */
export interface Creation<I> {
  /** The type of the resource as in ARNs. */
  readonly creates: string
  /** The member with the name that the ARN has at its end. Others have an id there, which isn't known yet. */
  readonly name?: keyof I & string
  /** The members of the input with the ids of what it is created in or from. */
  readonly of?: ReadonlyArray<keyof I & string>
  /** More that it is about. */
  readonly and?: About<I>
  /** Condition keys of the new resource. */
  readonly keys?: (input: I, place: Place, state: State) => ConditionValues
}

/** A list has the members of the input with the ids of the operation's resources. */
export type Rule<I> = ReadonlyArray<keyof I & string> | About<I> | Creation<I>

export type Rules = {
  readonly [K in keyof typeof sdk as K extends `${infer Operation}Command` ? Operation : never]?: typeof sdk[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, infer _O extends MetadataBearer> ? Rule<I> : never
}

interface Input {
  readonly Attribute?: string | undefined
  readonly TagSpecifications?: ReadonlyArray<sdk.TagSpecification> | undefined
}

/** The tags that a request has for new resources of a type. */
export const tagsFor = ({ TagSpecifications = [] }: Input, type: string): ReadonlyArray<Tag> =>
  TagSpecifications.flatMap(({ ResourceType, Tags = [] }) => ResourceType === type ? [...Tags] : [])

/** Whoever gives tags to what a call creates needs the permission to create tags, for this call at least. */
export const tagging = (operation: string, input: Input, place: Place): ReadonlyArray<Need> =>
  [...new Set((input.TagSpecifications ?? []).map(({ ResourceType = "*" }) => ResourceType))].flatMap((type) => {
    const tags = tagsFor(input, type)
    return tags.length === 0 ? [] : [
      {
        action: "ec2:CreateTags",
        resource: arnOf(place, type),
        keys: { "ec2:createaction": [operation], ...tagValues(tags) }
      }
    ]
  })

const idsIn = (input: object, members: ReadonlyArray<string>): ReadonlyArray<string> =>
  members.flatMap((member) => {
    const value = (input as Record<string, unknown>)[member]
    return [value].flat().filter((id) => typeof id === "string")
  })

/** A value as policies compare it: the scalar itself, or the one in a structure that has nothing but a value. */
const scalarOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null
    ? scalarOf((value as { readonly Value?: unknown }).Value)
    : value === undefined || value === null
    ? undefined
    : String(value)

/** The attributes that a call is about: those that it changes, or the one that it names. */
const attributesOf = (operation: string, input: Input, members: ReadonlyArray<string>): ConditionValues => {
  const isChange = operation.startsWith("Modify") && operation !== "ModifySecurityGroupRules"
  if (!isChange && !operation.endsWith("Attribute")) return {}
  const changed = isChange
    ? Object.entries(input).filter(([name, value]) =>
      value !== undefined && !members.includes(name) && !/Ids?$|^Attribute$|^DryRun$/.test(name)
    )
    : []
  const named = input.Attribute === undefined ? [] : [input.Attribute[0]!.toUpperCase() + input.Attribute.slice(1)]
  return values({
    "ec2:attribute": [...named, ...changed.map(([name]) => name)],
    ...Object.fromEntries(changed.map(([name, value]) => [`ec2:attribute/${name.toLowerCase()}`, scalarOf(value)]))
  })
}

const aboutOf = <I extends object>(operation: string, rule: Rule<I>): About<I> => {
  if (typeof rule === "function") return rule
  if (Array.isArray(rule)) return (input) => idsIn(input, rule)
  const { and, creates, keys, name, of = [] } = rule as Creation<I>
  return (input, place, state) => [
    {
      action: `ec2:${operation}`,
      resource: arnOf(place, creates, name === undefined ? undefined : input[name] as string | undefined),
      keys: { ...tagValues(tagsFor(input as Input, creates)), ...keys?.(input, place, state) }
    },
    ...idsIn(input, of),
    ...and?.(input, place, state) ?? [],
    ...tagging(operation, input as Input, place)
  ]
}

const needsOf = (operation: string, rule: Rule<any>) => {
  const about = aboutOf(operation, rule)
  const members = Array.isArray(rule) ? rule as ReadonlyArray<string> : []
  return (input: object, place: Place, state: State = empty()): ReadonlyArray<Need> => {
    const found = about(input, place, state)
    const region = { "ec2:region": [place.region] }
    if (found.length === 0) return [{ action: `ec2:${operation}`, resource: "*", keys: region }]
    // Attributes are those of the first resource. The others are what it gets.
    const attributes = attributesOf(operation, input as Input, members)
    return found.map((one, at): Need =>
      typeof one === "string"
        ? {
          action: `ec2:${operation}`,
          resource: /^(arn:|\*)/.test(one) ? one : arnOfId(one, place, state),
          keys: at === 0 ? { ...region, ...attributes } : region
        }
        : one.action.startsWith("ec2:")
        ? { ...one, keys: { ...region, ...one.keys } }
        : one
    )
  }
}

/** Makes the needs of a table. */
export const ec2Needs = (
  rules: Rules
): Readonly<Record<string, (input: object, place: Place, state?: State) => ReadonlyArray<Need>>> =>
  Object.fromEntries(Object.entries(rules).map(([operation, rule]) => [operation, needsOf(operation, rule)]))

/** The ARN of an instance profile that a request gives by its ARN or its name. */
export const profileArn = ({ Arn, Name }: sdk.IamInstanceProfileSpecification, place: Place): string | undefined =>
  Arn ?? (Name === undefined ? undefined : `arn:${place.partition}:iam::${place.account}:instance-profile/${Name}`)

/** Whoever gives an instance a profile passes the role that is in it. */
export const passProfile = (
  given: sdk.IamInstanceProfileSpecification | undefined,
  place: Place
): ReadonlyArray<Need> => {
  if (given === undefined) return []
  const { Arn, Name } = given
  const profiles = place.stateOf?.(iam).profiles ?? new Map<string, never>()
  const role = [...profiles.values()].find(({ arn, name }) => arn === Arn || name === Name)?.role
  return [
    {
      action: "iam:PassRole",
      resource: role?.arn ?? `arn:${place.partition}:iam::${place.account}:role/*`,
      keys: { "iam:passedtoservice": ["ec2.amazonaws.com"] }
    }
  ]
}

/** The ids that were found in the state; if it has none, all resources of the type: AWS tells only those who may ask. */
export const orAny = (type: string, ids: ReadonlyArray<string>, place: Place): ReadonlyArray<string> =>
  ids.length > 0 ? ids : [arnOf(place, type)]

/** The security groups with these names. */
export const groupsNamed = (names: ReadonlyArray<string | undefined>, { groups }: State): ReadonlyArray<string> =>
  [...groups.values()].flatMap(({ GroupId, GroupName }) => names.includes(GroupName) ? [GroupId] : [])
