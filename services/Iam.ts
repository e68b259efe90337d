/**
 * AWS Identity and Access Management roles.
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
import { readMembers, readPages } from "../src/internal/members.ts"
import * as Service from "../src/internal/service.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import { type IamWaiters, waiters } from "./internal/iam/waiters.ts"

const service = Service.ofXml<IAMClient, IamCodes>(IAMClient)

/**
 * Sends any command of IAM with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-iam`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `iam:SimulatePrincipalPolicy`, for example.
 *
 * **Example** (Ask what a role may do)
 *
 * ```ts
 * import { SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam"
 * import { Effect } from "effect"
 * import { Iam } from "effect-aws-sdk"
 *
 * const mayRead = (PolicySourceArn: string) =>
 *   Iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ["s3:GetObject"] })).pipe(
 *     Effect.map(({ EvaluationResults = [] }) => EvaluationResults.every(({ EvalDecision }) => EvalDecision === "allowed"))
 *   )
 * ```
 *
 * AWS: [SimulatePrincipalPolicy](https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = Service.sendOf(service)

/**
 * The pages of any paginated command of IAM: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (How many policies of the account's own there are)
 *
 * ```ts
 * import { ListPoliciesCommand } from "@aws-sdk/client-iam"
 * import { Stream } from "effect"
 * import { Iam } from "effect-aws-sdk"
 *
 * const count = Iam.pages(new ListPoliciesCommand({ Scope: "Local" })).pipe(
 *   Stream.map(({ Policies = [] }) => Policies.length),
 *   Stream.runSum
 * )
 * ```
 *
 * AWS: [ListPolicies](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = Service.pagesOf(service)

/**
 * The elements on all pages of any paginated command of IAM, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The roles of an application)
 *
 * ```ts
 * import { ListRolesCommand } from "@aws-sdk/client-iam"
 * import { Stream } from "effect"
 * import { Iam } from "effect-aws-sdk"
 *
 * const names = Iam.items(new ListRolesCommand({ PathPrefix: "/capture/" }), (page) => page.Roles).pipe(
 *   Stream.map(({ RoleName }) => RoleName)
 * )
 * ```
 *
 * AWS: [ListRoles](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = Service.itemsOf(service)

/**
 * Waits for a state of IAM that AWS models as a waiter, such as `RoleExists`, and returns the last output.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (A role that was created a moment ago)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Iam } from "effect-aws-sdk"
 *
 * const arn = Iam.waitUntil("RoleExists", { RoleName: "capture-nodes" }).pipe(Effect.map(({ Role }) => Role?.Arn))
 * ```
 *
 * AWS: [GetRole](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<IamWaiters, IamCodes> = /* @__PURE__ */ waitUntilOf(
  "Iam.waitUntil",
  "IAM",
  send,
  waiters
)

const findRole = (name: string) =>
  send(new GetRoleCommand({ RoleName: name })).pipe(
    Effect.flatMap((output) =>
      readMembers({ service: "IAM", operation: "GetRole" }, output, ({ Role }, need) => need(Role, "Role"))
    ),
    Effect.asSome,
    AwsError.catchCode("NoSuchEntityException", () => Effect.succeedNone)
  )

/**
 * Whether the account has a role with this name.
 *
 * **Errors**: `AwsError`; for an invalid name, its reason is `Rejected`.
 *
 * **Requires** the permission `iam:GetRole` on the role.
 *
 * **Example** (Check for a role)
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

// IAM allows each account only a few calls per second.
const concurrency = 4

/**
 * Removes everything in a list that belongs to a role, and returns the number of elements. Ignores what has already
 * been removed, including the role itself. Reads the whole list before it removes anything: IAM doesn't document its
 * pagination markers, and if they are offsets, removing elements between pages would skip others.
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
 * Deletes a role, after removing everything that would keep IAM from deleting it:
 *
 * 1. Removes the role from its instance profiles. Keeps the profiles.
 * 2. Deletes its inline policies.
 * 3. Detaches its managed policies. Keeps the policies.
 * 4. Removes its permissions boundary, last, so that the role never has more permissions than before. IAM also deletes a
 *    role that has a boundary, so a caller who isn't allowed to remove boundaries can still delete the role.
 *
 * Succeeds if the role doesn't exist, or if someone else deletes the role, a policy or a profile at the same time. If it
 * fails or is interrupted, what it has removed stays removed; run it again to continue.
 *
 * **Errors**: `AwsError`; its code is `DeleteConflictException` if something was attached to the role in the meantime. The
 * example retries in this case.
 *
 * **Requires** the permissions `iam:GetRole`, `iam:ListInstanceProfilesForRole`, `iam:ListRolePolicies`,
 * `iam:ListAttachedRolePolicies` and `iam:DeleteRole` on the role, and for what it has `iam:RemoveRoleFromInstanceProfile`,
 * `iam:DeleteRolePolicy`, `iam:DetachRolePolicy` and, if you want its boundary removed first,
 * `iam:DeleteRolePermissionsBoundary`.
 *
 * **Example** (Retry if something is attached to the role in the meantime)
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
    return yield* Effect.logDebug(`The role ${name} does not exist; nothing to delete`)
  }
  const profiles = yield* removeAll(
    readPages(
      { service: "IAM", operation: "ListInstanceProfilesForRole" },
      pages(new ListInstanceProfilesForRoleCommand({ RoleName })),
      ({ InstanceProfiles }, need) =>
        need(InstanceProfiles, "InstanceProfiles").map(({ InstanceProfileName }) =>
          need(InstanceProfileName, "InstanceProfileName")
        )
    ),
    (InstanceProfileName) => send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName }))
  )
  const inline = yield* removeAll(
    readPages(
      { service: "IAM", operation: "ListRolePolicies" },
      pages(new ListRolePoliciesCommand({ RoleName })),
      ({ PolicyNames }, need) => need(PolicyNames, "PolicyNames")
    ),
    (PolicyName) => send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
  )
  const attached = yield* removeAll(
    readPages(
      { service: "IAM", operation: "ListAttachedRolePolicies" },
      pages(new ListAttachedRolePoliciesCommand({ RoleName })),
      ({ AttachedPolicies }, need) =>
        need(AttachedPolicies, "AttachedPolicies").map(({ PolicyArn }) => need(PolicyArn, "PolicyArn"))
    ),
    (PolicyArn) => send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
  )
  yield* Effect.logDebug(
    `Removed ${profiles} instance profiles, ${inline} inline and ${attached} attached policies from the role ${name}`
  )
  if (role.value.PermissionsBoundary !== undefined) {
    yield* send(new DeleteRolePermissionsBoundaryCommand({ RoleName })).pipe(
      AwsError.catchCode("NoSuchEntityException", () => Effect.void),
      Effect.catchReason(
        "AwsError",
        "AccessDenied",
        () =>
          Effect.logDebug(
            `Not allowed to remove the permissions boundary of the role ${name}; deleting it with the role`
          )
      )
    )
  }
  yield* send(new DeleteRoleCommand({ RoleName })).pipe(
    Effect.tap(Effect.logDebug(`Deleted the role ${name}`)),
    AwsError.catchCode("NoSuchEntityException", () => Effect.logDebug(`The role ${name} was already deleted`)),
    Effect.tapError((error) =>
      Effect.logError(
        error.code === "DeleteConflictException"
          ? `The role ${name} was not deleted, because something was attached to it in the meantime. Delete it again. ${error.message}`
          : `Everything was removed from the role ${name}, but the role was not deleted: ${error.message}`
      )
    )
  )
})
