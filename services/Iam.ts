/**
 * Roles of AWS Identity and Access Management.
 *
 * @since 0.1.0
 */
import {
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand
} from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { IamCodes } from "../errors/codes/Iam.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<IAMClient, IamCodes>(IAMClient)

/**
 * Sends any command of IAM.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of IAM that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of IAM that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

const findRole = (name: string) =>
  send(new GetRoleCommand({ RoleName: name })).pipe(
    Effect.asSome,
    AwsError.catchCode("NoSuchEntityException", () => Effect.succeedNone)
  )

/**
 * Whether there is a role of this name in the account.
 *
 * **Errors**: `AwsError`; a name that no role can have is `Rejected`.
 *
 * **Example** (Is it there?)
 *
 * ```ts
 * import { Iam } from "effect-aws-sdk"
 *
 * const there = Iam.roleExists("capture-nodes")
 * ```
 *
 * AWS: [GetRole](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html)
 *
 * @category roles
 * @since 0.1.0
 */
export const roleExists = Effect.fn("Iam.roleExists")(function*(
  name: string
): Effect.fn.Return<boolean, AwsError, AwsClients> {
  return Option.isSome(yield* findRole(name))
})

// IAM allows an account only a few calls a second.
const concurrency = 4

/**
 * Empties a list of what a role has. What somebody else removes meanwhile, the role itself included, is gone as wished.
 * The list is read to its end before anything is removed: IAM does not say what its page markers count, and a list that
 * shrinks under a marker that counts elements hides some of them.
 */
const removeAll = <A, E, R>(
  list: Stream.Stream<A, AwsError, AwsClients>,
  remove: (element: A) => Effect.Effect<unknown, E, R>
) =>
  Stream.runCollect(list).pipe(
    Effect.catchIf(AwsError.hasCode("NoSuchEntityException"), () => Effect.succeed([])),
    Effect.tap((elements) =>
      Effect.forEach(
        elements,
        (element) => Effect.catchIf(remove(element), AwsError.hasCode("NoSuchEntityException"), () => Effect.void),
        { concurrency, discard: true }
      )
    ),
    Effect.map(({ length }) => length)
  )

/**
 * Deletes a role, and before it all that keeps IAM from deleting it, however many pages of it there are:
 *
 * 1. The role is removed from its instance profiles. The profiles stay.
 * 2. Its inline policies are deleted.
 * 3. Its managed policies are detached. The policies stay.
 * 4. Its permissions boundary is removed, last, so that the role can at no time do more than before. IAM deletes a role
 *    with its boundary too: a caller who may not remove boundaries can still delete the role.
 *
 * No such role is success, and so is a role, a policy or a profile that vanishes meanwhile. When it is interrupted or
 * fails, what is removed stays removed; run again, it goes on with the rest.
 *
 * **Errors**: `AwsError`. Where something was attached to the role while it was being emptied, its code is
 * `DeleteConflictException`; the example tries again then.
 *
 * **Example** (Gone, also where something gets attached meanwhile)
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { AwsError, Iam } from "effect-aws-sdk"
 *
 * const gone = Iam.deleteRole("capture-nodes").pipe(
 *   Effect.retry({
 *     while: AwsError.hasCode("DeleteConflictException"),
 *     schedule: Schedule.spaced("2 seconds"),
 *     times: 5
 *   })
 * )
 * ```
 *
 * AWS: [DeleteRole](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html)
 *
 * @category roles
 * @since 0.1.0
 */
export const deleteRole = Effect.fn("Iam.deleteRole")(function*(
  name: string
): Effect.fn.Return<void, AwsError, AwsClients> {
  const RoleName = name
  const role = yield* findRole(name)
  if (Option.isNone(role)) {
    return yield* Effect.logInfo(`The role ${name} does not exist; nothing to delete`)
  }
  const profiles = yield* removeAll(
    items(new ListInstanceProfilesForRoleCommand({ RoleName }), ({ InstanceProfiles }) => InstanceProfiles),
    ({ InstanceProfileName }) => send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName }))
  )
  const inline = yield* removeAll(
    items(new ListRolePoliciesCommand({ RoleName }), ({ PolicyNames }) => PolicyNames),
    (PolicyName) => send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
  )
  const attached = yield* removeAll(
    items(new ListAttachedRolePoliciesCommand({ RoleName }), ({ AttachedPolicies }) => AttachedPolicies),
    ({ PolicyArn }) => send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
  )
  yield* Effect.logDebug(
    `Emptied the role ${name}: ${profiles} instance profiles, ${inline} inline and ${attached} attached policies`
  )
  if (role.value.Role?.PermissionsBoundary !== undefined) {
    yield* send(new DeleteRolePermissionsBoundaryCommand({ RoleName })).pipe(
      AwsError.catchCode("NoSuchEntityException", () => Effect.void),
      Effect.catchReason(
        "AwsError",
        "AccessDenied",
        () => Effect.logInfo(`May not remove the permissions boundary of the role ${name}; it goes with the role`)
      )
    )
  }
  yield* send(new DeleteRoleCommand({ RoleName })).pipe(
    Effect.tap(Effect.logInfo(`Deleted the role ${name}`)),
    AwsError.catchCode("NoSuchEntityException", () => Effect.logInfo(`The role ${name} was deleted meanwhile`)),
    Effect.tapError((error) =>
      Effect.logError(
        error.code === "DeleteConflictException"
          ? `The role ${name} was not deleted: something was attached to it meanwhile. Delete it again. ${error.message}`
          : `The role ${name} is empty, and was not deleted: ${error.message}`
      )
    )
  )
})
