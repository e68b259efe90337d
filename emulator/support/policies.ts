// The parts of policy documents that several services evaluate.
import type { Principal } from "../engine/service.ts"

/** An element of a policy that is one text or a list of them. Without the element, the list is empty. */
export const listOf = <A>(value: A | ReadonlyArray<A> | undefined): ReadonlyArray<A> =>
  value === undefined ? [] : [value].flat() as ReadonlyArray<A>

/** Whether an AWS principal of a policy means this caller: by account, user, session, or the role of the session. */
export const isNamed = (name: string, { account, arn }: Pick<Principal, "account" | "arn">): boolean => {
  if (name === "*" || name === account || name === arn || name.endsWith(`:iam::${account}:root`)) return true
  const session = /^(arn:[\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn)
  return session !== null && name.startsWith(`${session[1]}:iam::${session[2]}:role/`) &&
    name.endsWith(`/${session[3]}`)
}
