import { getHomeDir, loadSharedConfigFiles, readFile } from "@smithy/core/config"
import * as Effect from "effect/Effect"
import * as path from "node:path"
import {
  CredentialsNotFound,
  isProfileName,
  ProfileDoesNotExist,
  profileNameRule
} from "../../errors/internal/layerErrors.ts"

/** The settings of a profile. */
export type Profile = Readonly<Record<string, string | undefined>>

/** The contents of AWS's two configuration files. */
export interface ConfigFiles {
  readonly profile: (name: string) => Effect.Effect<Profile, ProfileDoesNotExist | CredentialsNotFound>
  readonly ssoSession: (name: string) => Profile | undefined
  /** A section `[services NAME]`. Its settings are named `s3.endpoint_url`. */
  readonly services: (name: string) => Profile | undefined
  /** The variables that stand for other credentials, which the program puts aside because it asks for a profile. */
  readonly putAside: ReadonlyArray<string>
}

const locate = (variable: string, name: string): string => {
  const file = process.env[variable] || path.join(getHomeDir(), ".aws", name)
  return file.startsWith("~/") ? path.join(getHomeDir(), file.slice(2)) : file
}

// The SDK ignores malformed lines. After a malformed section header, it would read that section's keys as part of the
// previous section, which is another profile. The error has the line's number, not its text: that may contain a secret.
const malformedLine = (text: string): number | undefined => {
  let inSection = false
  const index = text.split(/\r?\n/).findIndex((line) => {
    const content = line.split(/(^|\s)[;#]/)[0]!.trim()
    if (content === "") return false
    if (content.startsWith("[")) {
      inSection = true
      return !content.endsWith("]")
    }
    return !inSection || (!/^\s/.test(line) && content.indexOf("=") < 1)
  })
  return index < 0 ? undefined : index + 1
}

/** A section that the SDK skips because of its header, with all settings. */
interface Skipped {
  /** The profile that the section is meant for. */
  readonly profile: string
  readonly error: CredentialsNotFound
}

const readableInConfig = /^profile\s(["'])?[\w\-@+.%:/]+\1$/
// In the credentials file, the SDK takes the first of two words for the kind of the section.
const twoWords = /^[\w-]+\s(["'])?[\w\-@+.%:/]+\1$/
const forProfile = /^\s*profile\s+(.+?)\s*$/i
const reserved = ["__proto__", "profile __proto__"]

const headers = (text: string): ReadonlyArray<readonly [line: number, header: string]> =>
  text.split(/\r?\n/).flatMap((line, index) => {
    const content = line.split(/(^|\s)[;#]/)[0]!.trim()
    return /^\[.*\]$/.test(content) ? [[index + 1, content.slice(1, -1)] as const] : []
  })

const unquoted = (name: string): string => name.replace(/^(["'])(.*)\1$/, "$2")

const skippedIn = (kind: "config" | "credentials", file: string, text: string): ReadonlyArray<Skipped> =>
  headers(text).flatMap(([line, header]) => {
    const name = forProfile.exec(header)?.[1]
    const isSkipped = kind === "config"
      ? name !== undefined && !readableInConfig.test(header)
      : twoWords.test(header)
    if (!isSkipped) return []
    const profile = unquoted(name ?? header)
    const advice = name === undefined
      ? "Give it a name without a blank."
      : !isProfileName(profile)
      ? `Give it another name: ${profileNameRule}.`
      : `Write its header as [${kind === "config" ? "profile " : ""}${profile}].`
    return [{
      profile,
      error: new CredentialsNotFound({
        source: `the profile ${profile}`,
        description: `the AWS SDK for JavaScript can't read its section, [${header}] in line ${line} of ${file}`,
        advice
      })
    }]
  })

const check = Effect.fnUntraced(function*(file: string): Effect.fn.Return<string, CredentialsNotFound> {
  // This also updates the SDK's file cache; otherwise the SDK would never read a file again.
  const text = yield* Effect.tryPromise({
    try: () =>
      readFile(file, { ignoreCache: true }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return ""
        throw cause
      }),
    catch: (cause) =>
      new CredentialsNotFound({
        source: file,
        description: `the file cannot be read (${(cause as NodeJS.ErrnoException).code})`,
        advice:
          "Make it readable for this user, or set AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE to another file.",
        cause
      })
  })
  const line = malformedLine(text)
  if (line !== undefined) {
    return yield* new CredentialsNotFound({
      source: file,
      description: `line ${line} is neither a section header ([name]) nor a setting in a section (name = value)`,
      advice: "Correct this line."
    })
  }
  const [reservedLine] = headers(text).find(([, header]) => reserved.includes(header)) ?? []
  if (reservedLine !== undefined) {
    return yield* new CredentialsNotFound({
      source: file,
      description: `line ${reservedLine} has the name __proto__, for which the AWS SDK for JavaScript rejects the file`,
      advice: "Give the section another name."
    })
  }
  return text
})

const getOwn = <A>(record: Readonly<Record<string, A>>, key: string): A | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** The variables that are set and stand for credentials other than a profile's. */
export const inEnvironment = (): ReadonlyArray<string> =>
  [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI"
  ].filter((variable) => process.env[variable])

/** Reads both files from disk. A missing file counts as empty. */
export const load = Effect.fnUntraced(function*(
  putAside: ReadonlyArray<string>
): Effect.fn.Return<ConfigFiles, CredentialsNotFound> {
  const files = [locate("AWS_CONFIG_FILE", "config"), locate("AWS_SHARED_CREDENTIALS_FILE", "credentials")] as const
  const [config = "", credentials = ""] = yield* Effect.forEach(files, check)
  const skipped = {
    config: skippedIn("config", files[0], config),
    credentials: skippedIn("credentials", files[1], credentials)
  }
  const { configFile, credentialsFile } = yield* Effect.promise(() =>
    loadSharedConfigFiles({ configFilepath: files[0], filepath: files[1] })
  )
  const names = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])]
    .filter((name) => !/^(profile|sso-session|services)\./.test(name))
    .sort()
  return {
    profile: (name) => {
      // Even if the other file has the profile, half of it would be missing.
      const half = (getOwn(configFile, name) === undefined && skipped.config.find(({ profile }) => profile === name)) ||
        (getOwn(credentialsFile, name) === undefined && skipped.credentials.find(({ profile }) => profile === name))
      if (half) return Effect.fail(half.error)
      return names.includes(name)
        ? Effect.succeed({ ...getOwn(configFile, name), ...getOwn(credentialsFile, name) })
        : Effect.fail(
          new ProfileDoesNotExist({ profile: name, available: names, files, inEnvironment: putAside })
        )
    },
    ssoSession: (name) => getOwn(configFile, `sso-session.${name}`),
    services: (name) => getOwn(configFile, `services.${name}`),
    putAside
  }
})
