/** Applications. */
import * as Effect from "effect/Effect"
import * as AppConfig from "./state.ts"

const toSdk = ({ description, id, name }: AppConfig.Application) => ({ Id: id, Name: name, Description: description })

export const applications: AppConfig.AppConfigHandlers = {
  CreateApplication: Effect.fnUntraced(function*(input, state, context) {
    const { Description, Name: name, Tags } = yield* AppConfig.check(input, {
      Name: { required: true, ...AppConfig.name },
      Tags: AppConfig.Tags,
      Description: AppConfig.Description
    })
    const id = AppConfig.newId(context)
    yield* AppConfig.addTags(state, AppConfig.arnOf(context, "application", id), Tags)
    const application = { id, name, description: Description, environments: new Map(), profiles: new Map() }
    state.applications.set(id, application)
    return toSdk(application)
  }),

  GetApplication: Effect.fnUntraced(function*(input, state) {
    const { ApplicationId } = yield* AppConfig.check(input, { ApplicationId: AppConfig.ApplicationId })
    return toSdk(yield* AppConfig.findApplication(state, ApplicationId))
  }),

  ListApplications: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, AppConfig.pages)
    const [page, token] = yield* AppConfig.page(context, state.applications.values(), checked, 50, ({ id }) => id)
    return { Items: page.map(toSdk), NextToken: token }
  }),

  UpdateApplication: Effect.fnUntraced(function*(input, state) {
    const { ApplicationId, Description, Name } = yield* AppConfig.check(input, {
      ApplicationId: AppConfig.ApplicationId,
      Name: AppConfig.name,
      Description: AppConfig.Description
    })
    const application = yield* AppConfig.findApplication(state, ApplicationId)
    application.name = Name ?? application.name
    application.description = Description ?? application.description
    return toSdk(application)
  }),

  DeleteApplication: Effect.fnUntraced(function*(input, state, context) {
    const { ApplicationId: id } = yield* AppConfig.check(input, { ApplicationId: AppConfig.ApplicationId })
    const { environments, profiles } = yield* AppConfig.findApplication(state, id)
    if (environments.size > 0 || profiles.size > 0) {
      return yield* AppConfig.badRequest(
        `Cannot delete application ${id}, because it has environments or configuration profiles.`
      )
    }
    state.applications.delete(id)
    state.tags.delete(AppConfig.arnOf(context, "application", id))
    return {}
  })
}
