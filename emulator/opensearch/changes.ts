/** In-memory OpenSearch Service: versions, upgrades, and the progress of changes. */
import type * as sdk from "@aws-sdk/client-opensearch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import * as Domains from "./domains.ts"
import { upgradesOf, versions } from "./versions.ts"

const invalidToken = new Fault({ code: "InvalidPaginationTokenException", message: "Invalid pagination token." })

const steps = ["PRE_UPGRADE_CHECK", "SNAPSHOT", "UPGRADE"] as const

/** How far an upgrade has come. A check has only the first step. */
const progressOf = ({ at, doneAt, isCheckOnly }: Domains.Upgrade, now: number) => {
  const all = isCheckOnly ? steps.slice(0, 1) : steps
  const done = now >= doneAt ? all.length : Math.floor((now - at) / (doneAt - at) * all.length)
  return { all, done, isDone: done === all.length }
}

const nameOf = ({ from, isCheckOnly, to }: Domains.Upgrade) =>
  `${isCheckOnly ? "Upgrade eligibility check" : "Upgrade"} from ${from} to ${to}`

export const handlers: Domains.OpenSearchHandlers = {
  ListVersions: Effect.fnUntraced(function*(input, _, context) {
    const { MaxResults = 100, NextToken } = yield* Domains.check(input, { MaxResults: { max: 100 } })
    const [page, token] = yield* context.page([...versions.entries()], {
      token: NextToken,
      size: Math.max(MaxResults, 1),
      key: ([index]) => String(index).padStart(3, "0"),
      query: input,
      invalid: invalidToken
    })
    return { Versions: page.map(([, version]) => version), NextToken: token }
  }),

  GetCompatibleVersions: Effect.fnUntraced(function*(input, state) {
    const { DomainName: name } = yield* Domains.check(input, {
      DomainName: { min: 3, max: 28, pattern: "[a-z][a-z0-9\\-]+" }
    })
    const sources = name === undefined
      ? versions
      : [Domains.versionOf(yield* Domains.get(state, name), yield* Clock.currentTimeMillis)]
    return {
      CompatibleVersions: sources.map((SourceVersion) => ({
        SourceVersion,
        TargetVersions: [...upgradesOf(SourceVersion)]
      })).filter(({ TargetVersions }) => name !== undefined || TargetVersions.length > 0)
    }
  }),

  UpgradeDomain: Effect.fnUntraced(function*(input, state, context) {
    const { AdvancedOptions, DomainName: name, PerformCheckOnly = false, TargetVersion } = yield* Domains.check(input, {
      ...Domains.named,
      TargetVersion: { required: true, ...Domains.rules.version }
    })
    const domain = yield* Domains.get(state, name)
    const at = yield* Clock.currentTimeMillis
    yield* Domains.checkIdle(domain, at)
    const from = Domains.versionOf(domain, at)
    if (!upgradesOf(from).includes(TargetVersion)) {
      return yield* Domains.validation(`The domain cannot be upgraded from ${from} to ${TargetVersion}.`)
    }
    if (
      AdvancedOptions !== undefined &&
      Object.keys(AdvancedOptions).some((key) => key !== "override_main_response_version")
    ) {
      return yield* Domains.validation("Only the advanced option override_main_response_version is supported.")
    }
    Domains.upgrade(domain, { to: TargetVersion, isCheckOnly: PerformCheckOnly, options: AdvancedOptions }, at, context)
    return {
      DomainName: name,
      TargetVersion,
      PerformCheckOnly,
      ...(AdvancedOptions !== undefined && { AdvancedOptions }),
      ...(!PerformCheckOnly && { UpgradeId: domain.changeId, ChangeProgressDetails: Domains.progressOf(domain, at) })
    }
  }),

  GetUpgradeStatus: Effect.fnUntraced(function*(input, state) {
    const { DomainName: name } = yield* Domains.check(input, Domains.named)
    const [upgrade] = (yield* Domains.get(state, name)).upgrades
    if (upgrade === undefined) return {}
    const { all, done, isDone } = progressOf(upgrade, yield* Clock.currentTimeMillis)
    return {
      UpgradeStep: all[Math.min(done, all.length - 1)],
      StepStatus: isDone ? "SUCCEEDED" : "IN_PROGRESS",
      UpgradeName: nameOf(upgrade)
    }
  }),

  GetUpgradeHistory: Effect.fnUntraced(function*(input, state, context) {
    const { DomainName: name, MaxResults = 100, NextToken } = yield* Domains.check(input, {
      ...Domains.named,
      MaxResults: { max: 100 }
    })
    const { upgrades } = yield* Domains.get(state, name)
    const now = yield* Clock.currentTimeMillis
    const [page, token] = yield* context.page([...upgrades.entries()], {
      token: NextToken,
      size: Math.max(MaxResults, 1),
      key: ([index]) => String(index).padStart(6, "0"),
      query: input,
      invalid: invalidToken
    })
    return {
      UpgradeHistories: page.map(([, upgrade]): sdk.UpgradeHistory => {
        const { all, done, isDone } = progressOf(upgrade, now)
        return {
          UpgradeName: nameOf(upgrade),
          StartTimestamp: new Date(upgrade.at),
          UpgradeStatus: isDone ? "SUCCEEDED" : "IN_PROGRESS",
          StepsList: all.slice(0, done + 1).map((UpgradeStep, index) => ({
            UpgradeStep,
            UpgradeStepStatus: index < done ? "SUCCEEDED" : "IN_PROGRESS",
            Issues: [],
            ProgressPercent: index < done ? 100 : 0
          }))
        }
      }),
      NextToken: token
    }
  }),

  DescribeDomainChangeProgress: Effect.fnUntraced(function*(input, state) {
    const { ChangeId, DomainName: name } = yield* Domains.check(input, {
      ...Domains.named,
      ChangeId: {
        min: 36,
        max: 36,
        pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
      }
    })
    const domain = yield* Domains.get(state, name)
    if (ChangeId !== undefined && ChangeId !== domain.changeId) {
      return yield* Domains.validation(`The change ${ChangeId} of the domain ${name} does not exist.`)
    }
    const now = yield* Clock.currentTimeMillis
    const isDone = now >= domain.readyAt
    const changed = [...domain.changes].flatMap(([option, { version }]) => version === domain.version ? [option] : [])
    return {
      ChangeProgressStatus: {
        ...Domains.progressOf(domain, now),
        Status: isDone ? "COMPLETED" : "PROCESSING",
        PendingProperties: isDone ? [] : changed,
        CompletedProperties: isDone ? changed : [],
        TotalNumberOfStages: 0,
        ChangeProgressStages: []
      }
    }
  })
}
