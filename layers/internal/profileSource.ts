import * as Effect from "effect/Effect"
import {
  CredentialsNotFound,
  environmentAdvice,
  type ProfileDoesNotExist,
  shellWord
} from "../../errors/internal/layerErrors.ts"
import type { ConfigFiles, Profile } from "./configFiles.ts"

/** The source of a profile's credentials, and advice for when it provides none. */
export interface Source {
  readonly kind: "static" | "web identity" | "process" | "SSO" | "login" | "credential_source"
  /** The profile that has the source: another one, if `source_profile` leads there. */
  readonly profile: string
  /** Whether the profile assumes a role with these credentials. */
  readonly role: boolean
  readonly advice: string
}

const credentialSources = ["EcsContainer", "Ec2InstanceMetadata", "Environment"]
const ssoKeys = ["sso_account_id", "sso_role_name", "sso_region", "sso_start_url"]

const sourceKeys = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "role_arn",
  "source_profile",
  "credential_source",
  "credential_process",
  "web_identity_token_file",
  "login_session"
]

/** Whether a profile is meant as a source of credentials, be it whole or broken. */
export const isSource = (profile: Profile): boolean =>
  Object.keys(profile).some((key) => sourceKeys.includes(key) || key.startsWith("sso_"))

/**
 * Follows a profile to the source of its credentials, as the SDK does. Rejects a profile that the SDK would resolve to
 * something other than what it says, or whose faults the SDK would find only later.
 */
export const sourceOf = (
  files: ConfigFiles,
  name: string,
  visited: ReadonlyArray<string> = []
): Effect.Effect<Source, ProfileDoesNotExist | CredentialsNotFound> =>
  Effect.flatMap(files.profile(name), (profile) => {
    const source = (kind: Source["kind"], advice: string) =>
      Effect.succeed({ kind, profile: name, role: visited.length > 0, advice })
    const notFound = (description: string, advice: string) =>
      Effect.fail(new CredentialsNotFound({ source: `the profile ${name}`, description, advice }))
    const isStatic = profile["aws_access_key_id"] !== undefined && profile["aws_secret_access_key"] !== undefined

    if (visited.length > 0 && isStatic) return source("static", "Check its access keys.")
    if (profile["role_arn"] !== undefined) return roleSource(files, name, profile, visited)
    if (profile["credential_source"] !== undefined) {
      return visited.length > 0 ? fromCredentialSource(name, profile) : notFound(
        "it has a `credential_source`, but no role to assume with it",
        "Add `role_arn`, or use Compute.layer."
      )
    }
    if (isStatic) return source("static", "Check its access keys.")
    if (profile["credential_process"] !== undefined) {
      return source(
        "process",
        "Run its `credential_process` by hand: it has to exit with status 0, and print JSON with Version 1, " +
          "AccessKeyId and SecretAccessKey."
      )
    }
    if (Object.keys(profile).some((key) => key.startsWith("sso_"))) {
      const session = profile["sso_session"]
      const settings = session === undefined ? profile : { ...profile, ...files.ssoSession(session) }
      const missing = ssoKeys.filter((key) => settings[key] === undefined)
      return missing.length === 0
        ? source("SSO", `Sign in: \`aws sso login --profile ${shellWord(name)}\`.`)
        : notFound(
          `it has no ${missing.join(", ")} for SSO` +
            (session === undefined ? "" : `, and neither has its sso-session ${session}`),
          `Complete it: \`aws configure sso --profile ${shellWord(name)}\`.`
        )
    }
    if (profile["login_session"] !== undefined) {
      return source("login", `Sign in: \`aws login --profile ${shellWord(name)}\`.`)
    }
    if (profile["aws_access_key_id"] !== undefined || profile["aws_secret_access_key"] !== undefined) {
      return notFound(
        "it has only one of `aws_access_key_id` and `aws_secret_access_key`",
        `Complete it: \`aws configure --profile ${shellWord(name)}\`.`
      )
    }
    const alone = ["source_profile", "web_identity_token_file"].find((key) => profile[key] !== undefined)
    if (alone !== undefined) return notFound(`it has a \`${alone}\`, but no role to assume with it`, "Add `role_arn`.")
    const advice = `Add access keys with \`aws configure --profile ${shellWord(name)}\`, or configure SSO, ` +
      "a `credential_process` or a role."
    return notFound("it has no source of credentials", `${advice} ${environmentAdvice(files.putAside)}`.trim())
  })

const roleSource = (
  files: ConfigFiles,
  name: string,
  profile: Profile,
  visited: ReadonlyArray<string>
): Effect.Effect<Source, ProfileDoesNotExist | CredentialsNotFound> => {
  const notFound = (description: string, advice: string) =>
    Effect.fail(new CredentialsNotFound({ source: `the profile ${name}`, description, advice }))
  const source = profile["source_profile"]
  const credentialSource = profile["credential_source"]
  if (source !== undefined && credentialSource !== undefined) {
    return notFound("it has both `source_profile` and `credential_source`", "Remove one of them.")
  }
  if (source === undefined && credentialSource === undefined) {
    return profile["web_identity_token_file"] === undefined
      ? notFound(
        "it has a `role_arn`, but no credentials to assume the role with",
        "Add `source_profile`, `credential_source` or `web_identity_token_file`."
      )
      : Effect.succeed({
        kind: "web identity",
        profile: name,
        role: true,
        advice: "Check its `web_identity_token_file` and `role_arn`, and that the role trusts the issuer of the token."
      })
  }
  if (profile["mfa_serial"] !== undefined) {
    return notFound(
      "its role requires an MFA code (`mfa_serial`)",
      "Use AssumeRole.layer with `serialNumber` and `tokenCode`, on top of a Layer for its `source_profile`."
    )
  }
  if (source === undefined) return fromCredentialSource(name, profile)
  return visited.includes(source)
    ? notFound(`its \`source_profile\` leads back to itself (${source})`, "Add credentials to one of these profiles.")
    : sourceOf(files, source, [...visited, source])
}

const fromCredentialSource = (name: string, profile: Profile): Effect.Effect<Source, CredentialsNotFound> => {
  const from = profile["credential_source"]!
  return credentialSources.includes(from)
    ? Effect.succeed({
      kind: "credential_source",
      profile: name,
      role: true,
      advice: `Its \`credential_source\` is ${from}. Check that the program runs where that source has credentials.`
    })
    : Effect.fail(
      new CredentialsNotFound({
        source: `the profile ${name}`,
        description: `its \`credential_source\` is ${from}`,
        advice: `Use one of ${credentialSources.join(", ")}.`
      })
    )
}
