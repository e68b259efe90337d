/** The users that requests name, or that sign them. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { nameIn } from "../support/arn.ts"
import { isRoot } from "../support/callers.ts"
import * as Iam from "./state.ts"

export const toSdkUser = (user: Iam.User): sdk.User => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: user.created
})

/** When the account was created: before anything else. The emulator doesn't know the start of its world. */
export const ACCOUNT_CREATED = new Date("2020-01-01T00:00:00Z")

/** The root user, as GetUser answers it. Its name is the alias of the account, and it has no path. */
export const toRootUser = ({ account: { alias } }: Iam.State, { account, principal }: HandlerContext) =>
  ({
    ...(alias !== undefined && { UserName: alias }),
    UserId: account,
    Arn: principal.arn,
    CreateDate: ACCOUNT_CREATED
  }) as sdk.User

/** The user that a request names. By default, IAM takes the user who signed it. */
export const userOf = Effect.fnUntraced(function*(
  state: Iam.State,
  name: string | undefined,
  context: HandlerContext
) {
  if (name !== undefined) return yield* Iam.findUser(state, name)
  if (isRoot(context.principal)) {
    return yield* unsupported("The in-memory IAM doesn't have the credentials of the root user. Set UserName.")
  }
  return /:user\//.test(context.principal.arn)
    ? yield* Iam.findUser(state, nameIn(context.principal.arn))
    : yield* Iam.validation("Must specify userName when calling with non-User credentials")
})
