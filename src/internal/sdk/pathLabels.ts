/**
 * A guard against requests for another resource than the command names. With an empty `Key`, S3's DeleteObject becomes
 * DeleteBucket. The SDK refuses an empty part of a path only if that part can't contain slashes.
 */
import type { AnyCommand, SdkClient } from "../../Call.ts"
import { copyCommand } from "./command.ts"

const marker = "effect-aws-sdk-empty"

const emptyMembers = (input: Readonly<Record<string, unknown>>): ReadonlyArray<string> => {
  const members: Array<string> = []
  for (const member in input) if (input[member] === "") members.push(member)
  return members
}

/** Ends a call when its request is there, before it is signed and sent. */
class Serialized extends Error {
  readonly request: { readonly hostname?: unknown; readonly path?: unknown }
  constructor(request: unknown) {
    super("The request is serialized")
    this.request = request as Serialized["request"]
  }
}

/** The request that the SDK makes of a command. Rejects with what the SDK fails with. */
const requestOf = async (client: SdkClient, command: AnyCommand): Promise<Serialized["request"]> => {
  command.middlewareStack.add(
    () => ({ request }) => {
      throw new Serialized(request)
    },
    { step: "build", priority: "low", name: "effectAwsSdkSerialized" }
  )
  try {
    await client.send(command)
  } catch (error) {
    if (error instanceof Serialized) return error.request
    throw error
  }
  throw new Error("The SDK sent a request that was only to be serialized")
}

/**
 * The empty member of the input that is a part of the request's host or path; `undefined` if there is none.
 *
 * The SDK itself is asked: a marker in place of the empty value shows up where the value would go. So this holds whatever
 * the SDK's schemas look like. A request that can't be serialized is a rejection, and nothing is sent. Only inputs with an
 * empty member cost anything.
 */
export const emptyPathLabel = (client: SdkClient, command: AnyCommand): Promise<string | undefined> | undefined => {
  const members = emptyMembers(command.input)
  if (members.length === 0) return undefined
  return (async () => {
    for (const member of members) {
      const { hostname, path } = await requestOf(client, copyCommand(command, { ...command.input, [member]: marker }))
      if (typeof path !== "string") {
        throw new Error("The SDK's request has no path, so an empty member can't be checked")
      }
      if (path.includes(marker) || String(hostname).includes(marker)) return member
    }
    return undefined
  })()
}
