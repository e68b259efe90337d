/** The configuration profiles of applications. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { kmsKeyArn } from "../support/kms.ts"
import { checkProtection, DeletionProtectionCheck } from "./protection.ts"
import * as AppConfig from "./state.ts"
import { versionNamed } from "./versions.ts"

export const FREEFORM = "AWS.Freeform"
export const FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"

const Type = { pattern: "^[a-zA-Z0-9\\.\\-]+" } as const
const Validators = {
  max: 2,
  members: {
    Type: { required: true, enum: ["JSON_SCHEMA", "LAMBDA"] },
    Content: { required: true, max: 32_768 }
  }
} as const
const ids = {
  ApplicationId: AppConfig.ApplicationId,
  ConfigurationProfileId: AppConfig.ConfigurationProfileId
} as const

const toSdk = (applicationId: string, { description, id, key, name, type }: AppConfig.Profile) => ({
  ApplicationId: applicationId,
  Id: id,
  Name: name,
  Description: description,
  LocationUri: AppConfig.LOCATION,
  Validators: [],
  Type: type,
  KmsKeyArn: key?.arn,
  KmsKeyIdentifier: key?.id
})

const checkLocation = (uri: string): Effect.Effect<void, Fault> => {
  if (uri === AppConfig.LOCATION) return Effect.void
  return /^(?:ssm-parameter|ssm-document|secretsmanager|s3|codepipeline):\/\/.|^arn:/.test(uri)
    ? unsupported(`The in-memory AppConfig has hosted configurations only, and not ${uri}.`)
    : Effect.fail(AppConfig.badRequest(`The location URI ${uri} is not valid.`))
}

const checkValidators = (validators: ReadonlyArray<unknown> = []) =>
  validators.length === 0
    ? Effect.void
    : unsupported("The in-memory AppConfig runs no validators. Leave Validators out.")

const keyOf = Effect.fnUntraced(function*(id: string | undefined, context: HandlerContext) {
  if (id === undefined || id === "") return undefined
  const invalid = AppConfig.badRequest(`The KMS key ${id} is not valid.`)
  return { id, arn: yield* kmsKeyArn(id, { invalid, service: "AppConfig" }, context) }
})

const arnOf = (context: HandlerContext, applicationId: string, id: string): string =>
  AppConfig.arnOf(context, "application", applicationId, "configurationprofile", id)

export const profiles: AppConfig.AppConfigHandlers = {
  CreateConfigurationProfile: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, {
      ApplicationId: AppConfig.ApplicationId,
      Name: { required: true, ...AppConfig.profileName },
      RetrievalRoleArn: AppConfig.roleArn,
      Tags: AppConfig.Tags,
      Description: AppConfig.Description,
      LocationUri: { required: true, min: 1, max: 2048 },
      Validators,
      Type,
      KmsKeyIdentifier: { min: 1, max: 2048 }
    })
    const { ApplicationId, Description, LocationUri, Name: name, Tags, Type: type = FREEFORM } = checked
    const application = yield* AppConfig.findApplication(state, ApplicationId)
    yield* checkLocation(LocationUri)
    yield* checkValidators(checked.Validators)
    if (type !== FREEFORM && type !== FEATURE_FLAGS) {
      return yield* AppConfig.badRequest(`The type ${type} of a configuration profile is not valid.`)
    }
    const id = AppConfig.newId(context)
    const profile: AppConfig.Profile = {
      id,
      type,
      name,
      description: Description,
      key: yield* keyOf(checked.KmsKeyIdentifier, context),
      versions: new Map(),
      latest: 0
    }
    yield* AppConfig.addTags(state, arnOf(context, ApplicationId, id), Tags)
    application.profiles.set(id, profile)
    return toSdk(ApplicationId, profile)
  }),

  GetConfigurationProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, ids)
    return toSdk(checked.ApplicationId, yield* AppConfig.findProfile(state, checked))
  }),

  ListConfigurationProfiles: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, {
      ApplicationId: AppConfig.ApplicationId,
      ...AppConfig.pages,
      Type
    })
    const { ApplicationId, Type: type } = checked
    const { profiles } = yield* AppConfig.findApplication(state, ApplicationId)
    const found = [...profiles.values()].filter((profile) => type === undefined || profile.type === type)
    const [page, token] = yield* AppConfig.page(context, found, checked, 50, ({ id }) => id)
    return {
      Items: page.map(({ id, name, type }) => ({
        ApplicationId,
        Id: id,
        Name: name,
        LocationUri: AppConfig.LOCATION,
        ValidatorTypes: [],
        Type: type
      })),
      NextToken: token
    }
  }),

  UpdateConfigurationProfile: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, {
      ...ids,
      Name: AppConfig.profileName,
      RetrievalRoleArn: AppConfig.roleArn,
      Description: AppConfig.Description,
      Validators,
      KmsKeyIdentifier: { max: 2048 }
    })
    const { Description, KmsKeyIdentifier, Name } = checked
    const profile = yield* AppConfig.findProfile(state, checked)
    yield* checkValidators(checked.Validators)
    const key = yield* keyOf(KmsKeyIdentifier, context)
    if (KmsKeyIdentifier !== undefined) profile.key = key
    profile.name = Name ?? profile.name
    profile.description = Description ?? profile.description
    return toSdk(checked.ApplicationId, profile)
  }),

  DeleteConfigurationProfile: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, { ...ids, DeletionProtectionCheck })
    const { ApplicationId, ConfigurationProfileId: id } = checked
    const { versions } = yield* AppConfig.findProfile(state, checked)
    yield* checkProtection(checked.DeletionProtectionCheck)
    if (versions.size > 0) {
      return yield* AppConfig.badRequest(
        `Cannot delete configuration profile ${id}, because it has hosted configuration versions.`
      )
    }
    state.applications.get(ApplicationId)!.profiles.delete(id)
    state.tags.delete(arnOf(context, ApplicationId, id))
    return {}
  }),

  ValidateConfiguration: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, {
      ...ids,
      ConfigurationVersion: { required: true, min: 1, max: 1024 }
    })
    // A hosted version was checked when it was made, and there are no other validators.
    yield* versionNamed(yield* AppConfig.findProfile(state, checked), checked.ConfigurationVersion)
    return {}
  })
}
