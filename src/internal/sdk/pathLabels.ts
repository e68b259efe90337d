/**
 * A guard against requests for another resource than the command names. With an empty `Key`, S3's DeleteObject becomes
 * DeleteBucket; with the `Bucket` `..`, it becomes DeleteBucket of the bucket that has the key's name. The SDK refuses an
 * empty part of a path only if that part can't contain slashes, and it resolves dots in the path of an endpoint.
 */
import { Misconfigured } from "../../../errors/internal/reasons.ts"
import { Refused } from "../../../errors/internal/refused.ts"
import type { AnyCommand, SdkClient } from "../../Call.ts"
import { copyCommand } from "./command.ts"

const marker = "effect-aws-sdk-label"

/** Whether a value that becomes a part of a path may lead to another resource. */
const isSuspicious = (value: unknown): value is string =>
  typeof value === "string" &&
  (value === "" || ((value.startsWith(".") || value.includes("/.")) && /(^|\/)\.\.?(\/|$)/.test(value)))

/**
 * Whether a key with dots is one that S3 takes as it is written. S3 refuses a key that leads out of the bucket if dots are
 * resolved from left to right.
 */
const staysInside = (key: string): boolean => {
  if (key === "." || key === "..") return false
  let depth = 0
  for (const segment of key.split("/")) {
    depth += segment === ".." ? -1 : 1
    if (depth < 0) return false
  }
  return true
}

/** Ends a call once its request is serialized, before it is signed and sent. */
class Serialized extends Error {
  readonly request: { readonly hostname?: unknown; readonly path?: unknown }
  constructor(request: unknown) {
    super("The request is serialized")
    this.request = request as Serialized["request"]
  }
}

/** The request that the SDK serializes a command to. Rejects with the SDK's own error. */
const requestOf = async (client: SdkClient, command: AnyCommand): Promise<Serialized["request"]> => {
  // Right after serialization: a later step may start to read a body that is a stream.
  command.middlewareStack.add(
    () => ({ request }) => {
      throw new Serialized(request)
    },
    { step: "serialize", priority: "low", name: "effectAwsSdkSerialized" }
  )
  try {
    await client.send(command)
  } catch (error) {
    if (error instanceof Serialized) return error.request
    throw error
  }
  throw new Error(
    "A middleware of the client answered before the request was serialized, so an empty member can't be checked. " +
      "Remove the middleware, or the empty member."
  )
}

const refuse = (member: string, value: string): never => {
  const [code, description, advice] = value === ""
    ? [
      `Empty${member}`,
      `the ${member} is empty, so the request would address the resource that contains it`,
      `Pass a ${member} of at least one character.`
    ]
    : [
      `Relative${member}`,
      `the ${member} is \`${value}\`, so the request would address another resource if its path is resolved`,
      `Pass a ${member} without the segments \`.\` and \`..\`.`
    ]
  throw new Refused(new Misconfigured({ code, description, isRetryable: false, advice }))
}

/**
 * Rejects if a member of the input is empty or has dots as a segment, is a part of the request's host or path, and may lead
 * to another resource there. `undefined` if no member can.
 *
 * The SDK itself is asked: a marker in place of the value shows up where the value would go. So this holds whatever the
 * SDK's schemas look like. A request that can't be serialized is a rejection, and nothing is sent. Only inputs with such a
 * member cost anything.
 */
export const checkPathLabels = (client: SdkClient, command: AnyCommand): Promise<void> | undefined => {
  const input: Readonly<Record<string, unknown>> = command.input
  const members: Array<readonly [member: string, value: string]> = []
  for (const member in input) {
    const value = input[member]
    if (isSuspicious(value)) members.push([member, value])
  }
  if (members.length === 0) return undefined
  // S3's clients sign the path as it is sent, and S3 takes it as it is. Other services resolve dots.
  const isVerbatim = (client.config as { readonly signingEscapePath?: unknown }).signingEscapePath === false
  const isPartOfPath = async (member: string, value: string) => {
    const { hostname, path } = await requestOf(client, copyCommand(command, { ...input, [member]: value }))
    if (typeof path !== "string") throw new Error("The SDK's request has no path, so a member can't be checked")
    return path.includes(value) || String(hostname).includes(value)
  }
  return (async () => {
    for (const [member, value] of members) {
      if (value !== "" && isVerbatim && staysInside(value)) continue
      if (!await isPartOfPath(member, marker)) continue
      // Where slashes are escaped, a value with slashes is one segment.
      const isWhole = value.includes("/") && !await isPartOfPath(member, `${marker}/${marker}`).catch(() => true)
      if (!isWhole) refuse(member, value)
    }
  })()
}
