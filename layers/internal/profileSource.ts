import * as Effect from "effect/Effect"
import { CredentialsNotFound, type ProfileDoesNotExist } from "../../errors/internal/layerErrors.ts"
import type { ConfigFiles, Profile } from "./configFiles.ts"

/** Where the credentials of a profile begin, and what to do when they are not to be had from there. */
export interface Source {
  readonly kind: "static" | "web identity" | "process" | "SSO" | "login" | "credential_source"
  /** The profile that names the source: another one's, where roles lie in between. */
  readonly profile: string
  /** Whether a role is assumed on the way. */
  readonly role: boolean
  readonly advice: string
}

const computes = ["EcsContainer", "Ec2InstanceMetadata", "Environment"]
const ssoKeys = ["sso_account_id", "sso_role_name", "sso_region", "sso_start_url"]

/**
 * Follows a profile to where its credentials come from, as the SDK does, but refuses what it would resolve to something
 * else than the profile says, or only fail at later.
 */
export const sourceOf = (
  files: ConfigFiles,
  name: string,
  visited: ReadonlyArray<string> = []
): Effect.Effect<Source, ProfileDoesNotExist | CredentialsNotFound> =>
  Effect.flatMap(files.profile(name), (profile) => {
    const source = (kind: Source["kind"], advice: string) =>
      Effect.succeed({ kind, profile: name, role: visited.length > 0, advice })
    const none = (description: string, advice: string) =>
      Effect.fail(new CredentialsNotFound({ source: `the profile ${name}`, description, advice }))
    const isStatic = profile["aws_access_key_id"] !== undefined && profile["aws_secret_access_key"] !== undefined

    if (visited.length > 0 && isStatic) return source("static", "Check its access keys.")
    if (profile["role_arn"] !== undefined) return role(files, name, profile, visited)
    if (profile["credential_source"] !== undefined) {
      return visited.length > 0 ? compute(name, profile) : none(
        "it has a `credential_source`, and no role to assume from it",
        "Add `role_arn`, or use Compute.layer."
      )
    }
    if (isStatic) return source("static", "Check its access keys.")
    if (profile["credential_process"] !== undefined) {
      return source(
        "process",
        "Run its `credential_process` by hand: it has to end with status 0, and print JSON with Version 1, " +
          "AccessKeyId and SecretAccessKey."
      )
    }
    if (Object.keys(profile).some((key) => key.startsWith("sso_"))) {
      const session = profile["sso_session"]
      const settings = session === undefined ? profile : { ...profile, ...files.ssoSession(session) }
      const missing = ssoKeys.filter((key) => settings[key] === undefined)
      return missing.length === 0
        ? source("SSO", `Sign in: \`aws sso login --profile ${name}\`.`)
        : none(
          `of the settings for SSO it has no ${missing.join(", ")}` +
            (session === undefined ? "" : `, and neither has the sso-session ${session}`),
          `Complete it: \`aws configure sso --profile ${name}\`.`
        )
    }
    if (profile["login_session"] !== undefined) return source("login", `Sign in: \`aws login --profile ${name}\`.`)
    if (profile["aws_access_key_id"] !== undefined || profile["aws_secret_access_key"] !== undefined) {
      return none(
        "it has one of `aws_access_key_id` and `aws_secret_access_key`, and not the other",
        `Complete it: \`aws configure --profile ${name}\`.`
      )
    }
    return none(
      "it says nothing of where credentials come from",
      `Give it keys by \`aws configure --profile ${name}\`, or SSO, \`credential_process\` or a role.`
    )
  })

const role = (
  files: ConfigFiles,
  name: string,
  profile: Profile,
  visited: ReadonlyArray<string>
): Effect.Effect<Source, ProfileDoesNotExist | CredentialsNotFound> => {
  const none = (description: string, advice: string) =>
    Effect.fail(new CredentialsNotFound({ source: `the profile ${name}`, description, advice }))
  const source = profile["source_profile"]
  const credentialSource = profile["credential_source"]
  if (source !== undefined && credentialSource !== undefined) {
    return none("it has both `source_profile` and `credential_source`", "Remove one of them.")
  }
  if (source === undefined && credentialSource === undefined) {
    return profile["web_identity_token_file"] === undefined
      ? none(
        "it has a `role_arn`, and nothing to assume it with",
        "Add `source_profile`, `credential_source` or `web_identity_token_file`."
      )
      : Effect.succeed({
        kind: "web identity",
        profile: name,
        role: true,
        advice: "Check its `web_identity_token_file` and `role_arn`, and that the role trusts who issued the token."
      })
  }
  if (profile["mfa_serial"] !== undefined) {
    return none(
      "its role asks for an MFA code (`mfa_serial`)",
      "Use AssumeRole.layer, with `serialNumber` and `tokenCode`, over the Layer of its `source_profile`."
    )
  }
  if (source === undefined) return compute(name, profile)
  return visited.includes(source)
    ? none(`it leads back to itself by \`source_profile\` (${source})`, "Give one of the profiles credentials.")
    : sourceOf(files, source, [...visited, source])
}

const compute = (name: string, profile: Profile): Effect.Effect<Source, CredentialsNotFound> => {
  const from = profile["credential_source"]!
  return computes.includes(from)
    ? Effect.succeed({
      kind: "credential_source",
      profile: name,
      role: true,
      advice: `Its \`credential_source\` is ${from}: does this run where that gives credentials?`
    })
    : Effect.fail(
      new CredentialsNotFound({
        source: `the profile ${name}`,
        description: `its \`credential_source\` is ${from}`,
        advice: `AWS knows ${computes.join(", ")}.`
      })
    )
}
