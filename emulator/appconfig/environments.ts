/** The environments of applications. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { checkProtection, DeletionProtectionCheck } from "./protection.ts"
import { environmentState, isInProgress } from "./rollout.ts"
import * as AppConfig from "./state.ts"

const Monitors = {
  max: 5,
  members: {
    AlarmArn: { required: true, min: 1, max: 2048 },
    AlarmRoleArn: AppConfig.roleArn
  }
} as const

const ids = { ApplicationId: AppConfig.ApplicationId, EnvironmentId: AppConfig.EnvironmentId } as const

const toSdk = (applicationId: string, environment: AppConfig.Environment, now: number) => ({
  ApplicationId: applicationId,
  Id: environment.id,
  Name: environment.name,
  Description: environment.description,
  State: environmentState(environment, now),
  Monitors: environment.monitors.map((monitor) => ({ ...monitor }))
})

export const environments: AppConfig.AppConfigHandlers = {
  CreateEnvironment: Effect.fnUntraced(function*(input, state, context) {
    const { ApplicationId, Description, Monitors: monitors = [], Name: name, Tags } = yield* AppConfig.check(input, {
      ApplicationId: AppConfig.ApplicationId,
      Name: { required: true, ...AppConfig.name },
      Tags: AppConfig.Tags,
      Description: AppConfig.Description,
      Monitors
    })
    const application = yield* AppConfig.findApplication(state, ApplicationId)
    const id = AppConfig.newId(context)
    const environment: AppConfig.Environment = {
      id,
      name,
      description: Description,
      monitors: monitors.map((monitor) => ({ ...monitor })),
      deployments: []
    }
    yield* AppConfig.addTags(state, AppConfig.arnOf(context, "application", ApplicationId, "environment", id), Tags)
    application.environments.set(id, environment)
    return toSdk(ApplicationId, environment, yield* Clock.currentTimeMillis)
  }),

  GetEnvironment: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, ids)
    const environment = yield* AppConfig.findEnvironment(state, checked)
    return toSdk(checked.ApplicationId, environment, yield* Clock.currentTimeMillis)
  }),

  ListEnvironments: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, { ApplicationId: AppConfig.ApplicationId, ...AppConfig.pages })
    const { environments } = yield* AppConfig.findApplication(state, checked.ApplicationId)
    const [page, token] = yield* AppConfig.page(context, environments.values(), checked, 50, ({ id }) => id)
    const now = yield* Clock.currentTimeMillis
    return { Items: page.map((one) => toSdk(checked.ApplicationId, one, now)), NextToken: token }
  }),

  UpdateEnvironment: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, {
      ...ids,
      Name: AppConfig.name,
      Description: AppConfig.Description,
      Monitors
    })
    const { Description, Monitors: monitors, Name } = checked
    const environment = yield* AppConfig.findEnvironment(state, checked)
    environment.name = Name ?? environment.name
    environment.description = Description ?? environment.description
    if (monitors !== undefined) environment.monitors = monitors.map((monitor) => ({ ...monitor }))
    return toSdk(checked.ApplicationId, environment, yield* Clock.currentTimeMillis)
  }),

  DeleteEnvironment: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, { ...ids, DeletionProtectionCheck })
    const { ApplicationId, EnvironmentId: id } = checked
    const environment = yield* AppConfig.findEnvironment(state, checked)
    yield* checkProtection(checked.DeletionProtectionCheck)
    const now = yield* Clock.currentTimeMillis
    if (environment.deployments.some((deployment) => isInProgress(deployment, now))) {
      return yield* AppConfig.conflict(`Cannot delete environment ${id}, because a deployment to it is in progress.`)
    }
    state.applications.get(ApplicationId)!.environments.delete(id)
    const arn = AppConfig.arnOf(context, "application", ApplicationId, "environment", id)
    for (const other of state.tags.keys()) {
      if (other === arn || other.startsWith(`${arn}/`)) state.tags.delete(other)
    }
    return {}
  })
}
