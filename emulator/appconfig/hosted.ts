/** The versions of hosted configurations. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { checkFlags } from "./flags.ts"
import { FEATURE_FLAGS } from "./profiles.ts"
import * as AppConfig from "./state.ts"
import { newestFirst } from "./versions.ts"

/** The most bytes of a version. */
const LARGEST = 2 * 1024 * 1024

const ids = {
  ApplicationId: AppConfig.ApplicationId,
  ConfigurationProfileId: AppConfig.ConfigurationProfileId
} as const

const summaryOf = (
  { ApplicationId, ConfigurationProfileId }: {
    readonly ApplicationId: string
    readonly ConfigurationProfileId: string
  },
  { contentType, description, keyArn, label, number }: AppConfig.HostedVersion
) => ({
  ApplicationId,
  ConfigurationProfileId,
  VersionNumber: number,
  Description: description,
  ContentType: contentType,
  VersionLabel: label,
  KmsKeyArn: keyArn
})

const find = Effect.fnUntraced(function*(
  state: AppConfig.State,
  where: Parameters<typeof AppConfig.findProfile>[1],
  number: number
) {
  const { versions } = yield* AppConfig.findProfile(state, where)
  return versions.get(number) ?? (yield* AppConfig.notFound("HostedConfigurationVersion", String(number)))
})

/** Whether a label matches a filter, which can end in an asterisk. */
const hasLabel = (label: string | undefined, filter: string): boolean =>
  filter.endsWith("*") ? label?.startsWith(filter.slice(0, -1)) === true : label === filter

export const hosted: AppConfig.AppConfigHandlers = {
  CreateHostedConfigurationVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, {
      ...ids,
      Description: AppConfig.Description,
      Content: { required: true },
      ContentType: { required: true, min: 1, max: 255 },
      VersionLabel: AppConfig.VersionLabel
    })
    const { ContentType, Description, LatestVersionNumber, VersionLabel: label } = checked
    // The client takes other types, too, but sends bytes.
    const content = checked.Content as Uint8Array
    const profile = yield* AppConfig.findProfile(state, checked)
    if (content.length > LARGEST) {
      return yield* new Fault({
        code: "PayloadTooLargeException",
        message: `The configuration is larger than ${LARGEST} bytes.`,
        members: { Measure: "KILOBYTES", Limit: LARGEST / 1024, Size: content.length / 1024 }
      })
    }
    if (LatestVersionNumber !== undefined && LatestVersionNumber !== profile.latest) {
      return yield* AppConfig.conflict(
        `The latest version is ${profile.latest}, and not ${LatestVersionNumber}, as the request says.`
      )
    }
    if (label !== undefined && [...profile.versions.values()].some((version) => version.label === label)) {
      return yield* AppConfig.conflict(`Another version of the configuration profile has the label ${label}.`)
    }
    if (profile.type === FEATURE_FLAGS) yield* checkFlags(content)
    const version: AppConfig.HostedVersion = {
      number: ++profile.latest,
      content: Uint8Array.from(content),
      contentType: ContentType,
      description: Description,
      label,
      keyArn: profile.key?.arn
    }
    profile.versions.set(version.number, version)
    return { ...summaryOf(checked, version), Content: version.content }
  }),

  GetHostedConfigurationVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, { ...ids, VersionNumber: { required: true } })
    const version = yield* find(state, checked, checked.VersionNumber)
    return { ...summaryOf(checked, version), Content: version.content }
  }),

  ListHostedConfigurationVersions: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, {
      ...ids,
      ...AppConfig.pages,
      VersionLabel: { min: 1, max: 64 }
    })
    const { VersionLabel: filter } = checked
    const { versions } = yield* AppConfig.findProfile(state, checked)
    const found = [...versions.values()].filter(({ label }) => filter === undefined || hasLabel(label, filter))
    const [page, token] = yield* AppConfig.page(context, found, checked, 50, ({ number }) => newestFirst(number))
    return { Items: page.map((version) => summaryOf(checked, version)), NextToken: token }
  }),

  DeleteHostedConfigurationVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, { ...ids, VersionNumber: { required: true } })
    const { number } = yield* find(state, checked, checked.VersionNumber)
    const { versions } = yield* AppConfig.findProfile(state, checked)
    versions.delete(number)
    return {}
  })
}
