/** The secrets as they are now, and which one a name or an ARN means. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { base62, textOf } from "../support/ids.ts"
import { checkAccess, checkIdentity } from "./access.ts"
import { everywhere } from "./everywhere.ts"
import * as Secrets from "./state.ts"

/** The ARN of a new secret, which ends in six characters of its own. */
export const arnOf = (name: string, context: HandlerContext): string =>
  context.arn("secretsmanager", `secret:${name}-${textOf(context, base62, 6)}`)

/** The secrets that haven't reached the end of their recovery window. */
export const all = Effect.fnUntraced(function*({ secrets }: Secrets.State) {
  const now = yield* Clock.currentTimeMillis
  for (const { deletion, name } of secrets.values()) {
    if (deletion !== undefined && deletion.due.getTime() <= now) secrets.delete(name)
  }
  return secrets
})

/** The secret with a name, an ARN, or an ARN without its last six characters. */
const lookup = Effect.fnUntraced(function*(
  state: Secrets.State,
  id: string,
  { account, region, stateOf }: HandlerContext
) {
  if (!id.startsWith("arn:")) return (yield* all(state)).get(id)
  const arn = parseArn(id)
  if (arn?.service !== "secretsmanager" || arn.region !== region || !arn.resource.startsWith("secret:")) {
    return undefined
  }
  const secrets = yield* all(arn.account === account ? state : stateOf(everywhere, { account: arn.account }))
  const name = arn.resource.slice("secret:".length)
  const whole = secrets.get(name.replace(/-[^-]{6}$/, ""))
  return whole?.arn === id ? whole : secrets.get(name)
})

/** The secret that a request means, which the caller may use. It may be deleted, but still be restorable. */
export const findAny = Effect.fnUntraced(function*(
  state: Secrets.State,
  id: string,
  context: HandlerContext,
  operation: string = context.operation
): Effect.fn.Return<Secrets.Secret, Fault> {
  const secret = yield* lookup(state, id, context)
  yield* checkAccess(secret, id, operation, context)
  if (operation !== context.operation) yield* checkIdentity(secret?.arn ?? id, operation, context)
  return secret ?? (yield* Secrets.noSecret)
})

/** The secret that a request means, which isn't deleted. */
export const find = Effect.fnUntraced(function*(
  ...request: Parameters<typeof findAny>
): Effect.fn.Return<Secrets.Secret, Fault> {
  const secret = yield* findAny(...request)
  return secret.deletion === undefined
    ? secret
    : yield* Secrets.invalidRequest(
      "You can't perform this operation on the secret because it was marked for deletion."
    )
})
