import { getHomeDir, loadSharedConfigFiles, readFile } from "@smithy/core/config"
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { CredentialsNotFound, ProfileDoesNotExist } from "../../errors/internal/layerErrors.ts"

/** The settings of a profile. */
export type Profile = Readonly<Record<string, string | undefined>>

/** What the two configuration files of AWS hold. */
export interface ConfigFiles {
  readonly profile: (name: string) => Effect.Effect<Profile, ProfileDoesNotExist>
  readonly ssoSession: (name: string) => Profile | undefined
}

const locate = (variable: string, name: string): string => {
  const file = process.env[variable] || path.join(getHomeDir(), ".aws", name)
  return file.startsWith("~/") ? path.join(getHomeDir(), file.slice(2)) : file
}

// The SDK reads on where a line is malformed, so that the keys below a section's broken name count as those of the
// section before it: another profile's. The line is named, and never quoted: it may hold a secret.
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

const check = Effect.fnUntraced(function*(file: string): Effect.fn.Return<void, CredentialsNotFound> {
  // Also puts what is on disk now into the SDK's cache of files, which it would never read again.
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
        advice: "Let this user read it, or name another by AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE.",
        cause
      })
  })
  const line = malformedLine(text)
  if (line !== undefined) {
    return yield* new CredentialsNotFound({
      source: file,
      description: `line ${line} is neither a section ([name]) nor a setting of one (name = value)`,
      advice: "Correct that line."
    })
  }
})

const own = <A>(record: Readonly<Record<string, A>>, key: string): A | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** Reads both files, as they are on disk now. A file that is not there holds nothing. */
export const load: Effect.Effect<ConfigFiles, CredentialsNotFound> = Effect.gen(function*() {
  const files = [locate("AWS_CONFIG_FILE", "config"), locate("AWS_SHARED_CREDENTIALS_FILE", "credentials")] as const
  yield* Effect.forEach(files, check, { discard: true })
  const { configFile, credentialsFile } = yield* Effect.promise(() =>
    loadSharedConfigFiles({ configFilepath: files[0], filepath: files[1] })
  )
  const names = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])]
    .filter((name) => !/^(profile|sso-session|services)\./.test(name))
    .sort()
  return {
    profile: (name) =>
      names.includes(name)
        ? Effect.succeed({ ...own(configFile, name), ...own(credentialsFile, name) })
        : Effect.fail(new ProfileDoesNotExist({ profile: name, available: names, files })),
    ssoSession: (name) => own(configFile, `sso-session.${name}`)
  }
})
