/** Service-linked roles: roles that a service defines, and that only the service may change. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { encoded } from "./documents.ts"
import { toSdkRole } from "./roles.ts"
import { templates } from "./serviceRoleTemplates.ts"
import * as Iam from "./state.ts"

/** How long AWS takes to delete a role that is not in use, in milliseconds. */
const DELETION = 3_000

const trust = (Action: string | ReadonlyArray<string>, Service: string | ReadonlyArray<string>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Action, Effect: "Allow", Principal: { Service } }] })

const taskIn = /^task\/aws-service-role\/[\w.-]+\/[\w+=,.@-]+\/[0-9a-f-]{36}$/

export const serviceRoles: Iam.IamHandlers = {
  CreateServiceLinkedRole: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      AWSServiceName: { required: true, min: 1, max: 128, pattern: "[\\w+=,.@-]+" },
      Description: Iam.rules.description,
      CustomSuffix: { min: 1, max: 64, pattern: "[\\w+=,.@-]+" }
    })
    const { AWSServiceName: service, CustomSuffix: suffix } = checked
    const template = templates.get(service)
    if (template === undefined) {
      return yield* Iam.accessDenied(`Cannot find Service Linked Role template for ${service}`)
    }
    if (suffix !== undefined && !template.allowsSuffix) {
      return yield* Iam.invalidInput(`Custom suffix is not allowed for ${service}`)
    }
    const name = suffix === undefined ? template.role : `${template.role}_${suffix}`
    if (state.roles.has(Iam.keyOf(name))) {
      return yield* Iam.invalidInput(
        `Service role name ${name} has been taken in this account, please try a different suffix.`
      )
    }
    const role: Iam.Role = {
      ...(yield* Iam.newEntity(
        context,
        { prefix: "AROA", arn: "role" },
        { name, path: `/aws-service-role/${service}/`, tags: undefined }
      )),
      trust: trust("sts:AssumeRole", service),
      description: checked.Description,
      maxSession: 3600,
      boundary: undefined,
      inline: new Map(),
      attached: new Set([
        context.arn("iam", `policy/aws-service-role/${template.policy}`, { region: "", account: "aws" })
      ]),
      service
    }
    state.roles.set(Iam.keyOf(name), role)
    // This answer has lists of one text, where later answers have the text.
    return {
      Role: {
        ...toSdkRole(role, "create"),
        AssumeRolePolicyDocument: encoded(trust(["sts:AssumeRole"], [service]))
      }
    }
  }),

  // AWS looks for resources of the service that use the role, and fails the task if there are any. Here, no resource uses one.
  DeleteServiceLinkedRole: Effect.fnUntraced(function*(input, state, context) {
    const { RoleName: name } = yield* Iam.check(input, { RoleName: Iam.rules.shortName })
    const role = yield* Iam.findRole(state, name)
    if (role.service === undefined) return yield* Iam.noSuchEntity(`The role with name ${name} cannot be found.`)
    state.roles.delete(Iam.keyOf(name))
    const task = `task/aws-service-role/${role.service}/${role.name}/${context.uuid()}`
    state.deletions.set(task, (yield* Clock.currentTimeMillis) + context.takes(DELETION))
    return { DeletionTaskId: task }
  }),

  GetServiceLinkedRoleDeletionStatus: Effect.fnUntraced(function*(input, state) {
    const { DeletionTaskId: task } = yield* Iam.check(input, { DeletionTaskId: { required: true, min: 1, max: 1000 } })
    if (!taskIn.test(task)) return yield* Iam.invalidInput(`Invalid deletion task id: ${task}`)
    const end = state.deletions.get(task)
    if (end === undefined) return yield* Iam.noSuchEntity(`The deletion task with id ${task} cannot be found.`)
    return { Status: (yield* Clock.currentTimeMillis) < end ? "IN_PROGRESS" : "SUCCEEDED" }
  })
}
