/** The commands that read and delete parameters. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { numberKey } from "../support/order.ts"
import { tellChange } from "./events.ts"
import * as Filters from "./filters.ts"
import * as Names from "./names.ts"
import * as Parameters from "./parameters.ts"
import * as Policies from "./policies.ts"
import { isReference, readReference } from "./references.ts"
import * as Ssm from "./state.ts"

const remove = (state: Ssm.State, parameter: Ssm.Parameter, context: HandlerContext): void => {
  state.parameters.delete(parameter.name)
  tellChange(parameter.name, Parameters.newest(parameter), "Delete", context)
}

export const read: Ssm.SsmHandlers = {
  GetParameter: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName })
    const given = Names.trimmed(checked.Name)
    if (isReference(given)) return { Parameter: yield* readReference(given, checked.WithDecryption, context) }
    const found = yield* Names.find(state, given, context)
    if (found === undefined) return yield* Ssm.notFound
    const { name, selector, version } = found
    return version === undefined
      ? yield* Ssm.versionNotFound(name, selector!)
      : { Parameter: Parameters.toSdk(name, version, checked.WithDecryption, context, selector) }
  }),

  GetParameters: Effect.fnUntraced(function*(input, state, context) {
    const { Names: names, WithDecryption } = yield* Ssm.check(input, { Names: Ssm.parameterNames })
    const read = Effect.fnUntraced(function*(name: string) {
      if (isReference(name)) {
        return yield* Effect.catchIf(
          readReference(name, WithDecryption, context),
          ({ code }) => code === "ParameterNotFound",
          () => Effect.void
        )
      }
      const found = yield* Names.find(state, name, context)
      return found?.version && Parameters.toSdk(found.name, found.version, WithDecryption, context, found.selector)
    })
    const found = yield* Effect.forEach(
      [...new Set(names.map(Names.trimmed))],
      (name) => Effect.map(read(name), (parameter) => [name, parameter] as const)
    )
    return {
      Parameters: found.flatMap(([, parameter]) => parameter ?? []),
      InvalidParameters: found.flatMap(([name, parameter]) => parameter === undefined ? [name] : [])
    }
  }),

  GetParametersByPath: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Path: Ssm.parameterName,
      ParameterFilters: Filters.filterRules,
      MaxResults: { min: 1, max: 10 }
    })
    const { Recursive = false, WithDecryption } = checked
    const [path, all] = yield* Names.parametersBelow(Names.trimmed(checked.Path), state, context)
    const filters = yield* Filters.parse("GetParametersByPath", checked.ParameterFilters)
    const found = all.flatMap((parameter) => {
      const isBelow = Filters.isBelow(Parameters.rooted(parameter.name), path, Recursive)
      const version = isBelow ? Filters.select(parameter, filters) : undefined
      return version === undefined ? [] : [[parameter.name, version] as const]
    })
    const [page, token] = yield* Ssm.page(context, found, input, 10, ([name]) => name)
    return {
      Parameters: page.map(([name, version]) => Parameters.toSdk(name, version, WithDecryption, context)),
      NextToken: token
    }
  }),

  DescribeParameters: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Filters: Filters.oldFilterRules,
      ParameterFilters: Filters.filterRules,
      MaxResults: Ssm.pageSize
    })
    if (checked.Shared === true) {
      return yield* unsupported("The in-memory SSM doesn't share parameters with other accounts. Leave Shared out.")
    }
    const { Filters: old = [], ParameterFilters = [] } = checked
    if (old.length > 0 && ParameterFilters.length > 0) {
      return yield* Ssm.validation("You can use either Filters or ParameterFilters in a single request.")
    }
    const filters = yield* Filters.parse("DescribeParameters", [...old, ...ParameterFilters])
    const now = yield* Clock.currentTimeMillis
    const found = (yield* Parameters.all(state)).filter((parameter) => Filters.select(parameter, filters) !== undefined)
    const [page, token] = yield* Ssm.page(context, found, input, 50, ({ name }) => name)
    return {
      Parameters: page.map((parameter): sdk.ParameterMetadata => {
        const { by, dataType, description, keyId, modified, pattern, policies, tier, type, version } = Parameters
          .newest(parameter)
        return {
          Name: parameter.name,
          ARN: Parameters.arnOf(parameter.name, context),
          Type: type,
          KeyId: keyId,
          LastModifiedDate: modified,
          LastModifiedUser: by,
          Description: description,
          AllowedPattern: pattern,
          Version: version,
          Tier: tier,
          Policies: Policies.toSdk(policies, now),
          DataType: dataType
        }
      }),
      NextToken: token
    }
  }),

  GetParameterHistory: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName, MaxResults: Ssm.pageSize })
    const name = Names.trimmed(checked.Name)
    yield* Names.checkOwn(name)
    const { versions } = yield* Parameters.get(state, name)
    const now = yield* Clock.currentTimeMillis
    const [page, token] = yield* Ssm.page(context, versions, input, 50, ({ version }) => numberKey(version))
    return {
      Parameters: page.map((version): sdk.ParameterHistory => {
        const { ARN: _, ...parameter } = Parameters.toSdk(name, version, checked.WithDecryption, context)
        return {
          ...parameter,
          LastModifiedUser: version.by,
          Description: version.description,
          AllowedPattern: version.pattern,
          KeyId: version.keyId,
          Tier: version.tier,
          Labels: [...version.labels],
          Policies: Policies.toSdk(version.policies, now)
        }
      }),
      NextToken: token
    }
  }),

  DeleteParameter: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName })
    const name = Names.trimmed(checked.Name)
    yield* Names.checkOwn(name)
    const parameter = yield* Parameters.get(state, name)
    remove(state, parameter, context)
    return {}
  }),

  DeleteParameters: Effect.fnUntraced(function*(input, state, context) {
    const { Names: names } = yield* Ssm.check(input, { Names: Ssm.parameterNames })
    const DeletedParameters: Array<string> = []
    const InvalidParameters: Array<string> = []
    for (const name of new Set(names.map(Names.trimmed))) {
      const parameter = yield* Parameters.lookup(state, name)
      if (parameter === undefined) InvalidParameters.push(name)
      else {
        remove(state, parameter, context)
        DeletedParameters.push(name)
      }
    }
    return { DeletedParameters, InvalidParameters }
  })
}
