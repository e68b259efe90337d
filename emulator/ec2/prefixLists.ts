/** In-memory EC2: prefix lists, those of customers and those of AWS. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { idOf } from "../support/publicImages.ts"
import { cidr6Of, cidrOf } from "./cidr.ts"
import { arnOf } from "./enis.ts"
import { combination, fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { describe, type Filters, matching, page } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { find, prefixLists } from "./kinds.ts"
import type { PrefixList } from "./networkState.ts"
import type { Ec2Handlers, State } from "./state.ts"
import { newTags } from "./tags.ts"

/** The owner of AWS's own lists, as they name it. */
const AWS = "AWS"

/** Services whose ranges AWS keeps in a list, with some of the ranges. Those of gateway endpoints are what routes lead to. */
const awsLists: ReadonlyArray<readonly [name: (region: string) => string, ...ranges: ReadonlyArray<string>]> = [
  [(region) => `com.amazonaws.${region}.s3`, "52.216.0.0/15", "54.231.0.0/16"],
  [(region) => `com.amazonaws.${region}.dynamodb`, "52.94.0.0/22", "52.119.224.0/20"],
  [() => "com.amazonaws.global.cloudfront.origin-facing", "13.124.199.0/24", "130.176.0.0/18"]
]

const isGatewayService = ({ OwnerId, PrefixListName }: PrefixList) =>
  OwnerId === AWS && /\.(s3|dynamodb)$/.test(PrefixListName)

/** Adds AWS's own lists to the state of a region. */
export const addAwsLists = (state: State, context: HandlerContext): void => {
  for (const [nameOf, ...ranges] of awsLists) {
    const PrefixListName = nameOf(context.region)
    const PrefixListId = idOf("pl-", context.region, PrefixListName).slice(0, 11)
    state.prefixLists.set(PrefixListId, {
      PrefixListId,
      PrefixListName,
      PrefixListArn: context.arn("ec2", `prefix-list/${PrefixListId}`, { account: "aws" }),
      AddressFamily: "IPv4",
      State: "create-complete",
      OwnerId: AWS,
      Tags: [],
      versions: [ranges.map((Cidr) => ({ Cidr }))]
    })
  }
}

/** The list of the ranges of a service that has gateway endpoints. */
export const listOfService = (state: State, serviceName: string): PrefixList | undefined =>
  [...state.prefixLists.values()].find((list) => isGatewayService(list) && list.PrefixListName === serviceName)

const entriesOf = ({ versions }: PrefixList) => versions.at(-1)!

const described = ({ versions, ...list }: PrefixList): sdk.ManagedPrefixList => ({
  ...list,
  ...(list.OwnerId !== AWS && { Version: versions.length })
})

const listFilters: Filters<PrefixList> = {
  "owner-id": (list) => list.OwnerId,
  "prefix-list-id": (list) => list.PrefixListId,
  "prefix-list-name": (list) => list.PrefixListName
}

const checkEntries = Effect.fnUntraced(
  function*(family: string, entries: ReadonlyArray<sdk.AddPrefixListEntry> | undefined = []) {
    const checked = yield* Effect.forEach(
      entries,
      Effect.fnUntraced(function*({ Cidr, Description }) {
        const text = yield* required(Cidr, "cidr")
        const cidr = family === "IPv4" ? cidrOf(text) : cidr6Of(text)
        if (cidr === undefined) {
          return yield* fault("InvalidParameterValue", `The CIDR ${text} is not a valid ${family} CIDR block.`)
        }
        return { Cidr: cidr.text, ...(Description !== undefined && { Description }) }
      })
    )
    return new Set(checked.map(({ Cidr }) => Cidr)).size < checked.length
      ? yield* fault("InvalidParameterValue", "The same CIDR must not appear multiple times")
      : checked
  }
)

const checkName = Effect.fnUntraced(function*(given: string | undefined) {
  const name = yield* required(given, "prefixListName")
  return name.length > 255 || name.startsWith("com.amazonaws")
    ? yield* invalidValue(
      name,
      "prefixListName",
      "A name has at most 255 characters and cannot start with com.amazonaws."
    )
    : name
})

const checkCount = Effect.fnUntraced(function*(count: number, max: number) {
  if (count > max) {
    return yield* fault(
      "PrefixListMaxEntriesExceeded",
      "You've reached the maximum number of entries for the prefix list."
    )
  }
})

/** A list that the caller may change. */
const ownList = Effect.fnUntraced(function*(state: State, id: string | undefined) {
  const list = yield* find(state, prefixLists, id, "prefixListId")
  return list.OwnerId === AWS
    ? yield* fault(
      "UnauthorizedOperation",
      "You are not authorized to perform this operation: the prefix list is managed by AWS."
    )
    : list
})

const checkVersion = (list: PrefixList, given: number | undefined) =>
  given === undefined
    ? missing("currentVersion")
    : given === list.versions.length
    ? Effect.void
    : fault("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")

export const handlers: Ec2Handlers = {
  CreateManagedPrefixList: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const PrefixListName = yield* checkName(input.PrefixListName)
        const MaxEntries = yield* required(input.MaxEntries, "maxEntries")
        if (!(MaxEntries >= 1 && MaxEntries <= 1000)) return yield* invalidValue(MaxEntries, "maxEntries")
        const AddressFamily = yield* oneOf(yield* required(input.AddressFamily, "addressFamily"), "addressFamily", {
          here: ["IPv4", "IPv6"]
        })
        const entries = yield* checkEntries(AddressFamily, input.Entries)
        yield* checkCount(entries.length, MaxEntries)
        const tags = yield* newTags(input.TagSpecifications, "prefix-list")
        const PrefixListId = context.id("pl-", 17)
        state.prefixLists.set(PrefixListId, {
          PrefixListId,
          PrefixListName,
          PrefixListArn: arnOf(context, `prefix-list/${PrefixListId}`),
          AddressFamily,
          State: "create-complete",
          MaxEntries,
          OwnerId: context.account,
          Tags: tags,
          versions: [entries]
        })
        return PrefixListId
      }),
      answer: (id) => {
        const list = state.prefixLists.get(id)
        return list && { PrefixList: { ...described(list), State: "create-in-progress" } }
      }
    }),

  DescribeManagedPrefixLists: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, prefixLists, {
      input,
      ids: input.PrefixListIds,
      idsName: "prefixListIds",
      filters: input.Filters,
      supported: listFilters
    })
    return { PrefixLists: found.map(described), NextToken }
  }),

  GetManagedPrefixListEntries: Effect.fnUntraced(function*(input, state, context) {
    const list = yield* find(state, prefixLists, input.PrefixListId, "prefixListId")
    const { TargetVersion = list.versions.length } = input
    const entries = list.versions[TargetVersion - 1]
    if (entries === undefined) {
      return yield* fault("InvalidPrefixListVersion", `The prefix list has no version ${TargetVersion}.`)
    }
    const [Entries, NextToken] = yield* page(context, entries, input, ({ Cidr = "" }) => Cidr)
    return { Entries: [...Entries], NextToken }
  }),

  ModifyManagedPrefixList: Effect.fnUntraced(function*(input, state) {
    const list = yield* ownList(state, input.PrefixListId)
    const { AddEntries = [], RemoveEntries = [] } = input
    const changes = AddEntries.length + RemoveEntries.length
    if (changes > 0 && input.MaxEntries !== undefined) {
      return yield* combination("You cannot modify the entries of a prefix list and its size in the same request")
    }
    const PrefixListName = input.PrefixListName === undefined ? undefined : yield* checkName(input.PrefixListName)
    if (input.MaxEntries !== undefined) yield* checkCount(entriesOf(list).length, input.MaxEntries)
    if (changes > 0) {
      yield* checkVersion(list, input.CurrentVersion)
      const removed = yield* checkEntries(list.AddressFamily, RemoveEntries)
      const added = yield* checkEntries(list.AddressFamily, AddEntries)
      const entries = new Map(entriesOf(list).map((entry) => [entry.Cidr, entry]))
      for (const { Cidr } of removed) {
        if (!entries.delete(Cidr)) {
          return yield* fault("InvalidParameterValue", `The prefix list has no entry for the CIDR ${Cidr}.`)
        }
      }
      for (const entry of added) entries.set(entry.Cidr, entry)
      yield* checkCount(entries.size, list.MaxEntries ?? 0)
      list.versions.push([...entries.values()])
    }
    if (PrefixListName !== undefined) list.PrefixListName = PrefixListName
    if (input.MaxEntries !== undefined) list.MaxEntries = input.MaxEntries
    list.State = "modify-complete"
    return { PrefixList: { ...described(list), State: "modify-in-progress" } }
  }),

  RestoreManagedPrefixListVersion: Effect.fnUntraced(function*(input, state) {
    const list = yield* ownList(state, input.PrefixListId)
    const previous = yield* required(input.PreviousVersion, "previousVersion")
    yield* checkVersion(list, input.CurrentVersion)
    const entries = list.versions[previous - 1]
    if (entries === undefined) {
      return yield* fault("InvalidPrefixListVersion", `The prefix list has no version ${previous}.`)
    }
    list.versions.push(entries)
    list.State = "restore-complete"
    return { PrefixList: { ...described(list), State: "restore-in-progress" } }
  }),

  DeleteManagedPrefixList: Effect.fnUntraced(function*(input, state) {
    const list = yield* ownList(state, input.PrefixListId)
    const { PrefixListId } = list
    const isUsed = [...state.rules.values()].some((rule) => rule.PrefixListId === PrefixListId) ||
      [...state.routeTables.values()].some(({ Routes }) =>
        Routes.some((route) => route.DestinationPrefixListId === PrefixListId)
      )
    const answer = { PrefixList: { ...described(list), State: "delete-in-progress" } } as const
    // AWS accepts the request, and reports later that it failed.
    if (isUsed) Object.assign(list, { State: "delete-failed", StateMessage: "The prefix list is in use." })
    else state.prefixLists.delete(PrefixListId)
    return answer
  }),

  DescribePrefixLists: Effect.fnUntraced(function*(input, state, context) {
    const ids = input.PrefixListIds ?? []
    const named = ids.length > 0
      ? yield* Effect.forEach(new Set(ids), (id) => find(state, prefixLists, id, "prefixListIds"))
      : [...state.prefixLists.values()]
    const lists = named.filter(isGatewayService)
    const { "owner-id": _, ...supported } = listFilters
    const found = yield* matching(context, lists, input.Filters, supported)
    const [PrefixLists, NextToken] = yield* page(context, found, input, ({ PrefixListId }) => PrefixListId)
    return {
      PrefixLists: PrefixLists.map((list) => ({
        PrefixListId: list.PrefixListId,
        PrefixListName: list.PrefixListName,
        Cidrs: entriesOf(list).map(({ Cidr = "" }) => Cidr)
      })),
      NextToken
    }
  })
}
