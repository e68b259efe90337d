/** The commands that read and delete parameters. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import { numberKey } from "../support/order.ts"
import * as Filters from "./filters.ts"
import * as Ssm from "./state.ts"

export const read: Ssm.SsmHandlers = {
  GetParameter: Effect.fnUntraced(function*(input, state, context) {
    const { Name, WithDecryption } = yield* Ssm.check(input, { Name: Ssm.parameterName })
    const found = yield* Ssm.find(state, Name, context)
    if (found === undefined) return yield* Ssm.notFound
    const { parameter, selector, version } = found
    return version === undefined
      ? yield* Ssm.versionNotFound(parameter.name, selector!)
      : { Parameter: Ssm.toSdk(parameter.name, version, WithDecryption, context, selector) }
  }),

  GetParameters: Effect.fnUntraced(function*(input, state, context) {
    const { Names, WithDecryption } = yield* Ssm.check(input, { Names: Ssm.parameterNames })
    const found = yield* Effect.forEach(
      [...new Set(Names)],
      (name) => Effect.map(Ssm.find(state, name, context), (found) => [name, found] as const)
    )
    return {
      Parameters: found.flatMap(([, found]) =>
        found?.version === undefined
          ? []
          : [Ssm.toSdk(found.parameter.name, found.version, WithDecryption, context, found.selector)]
      ),
      InvalidParameters: found.flatMap(([name, found]) => found?.version === undefined ? [name] : [])
    }
  }),

  GetParametersByPath: Effect.fnUntraced(function*(input, { parameters }, context) {
    const checked = yield* Ssm.check(input, {
      Path: Ssm.parameterName,
      ParameterFilters: Filters.filterRules,
      MaxResults: { min: 1, max: 10 }
    })
    const { Path, Recursive = false, WithDecryption } = checked
    if (!Path.startsWith("/")) {
      return yield* Ssm.validation(
        `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/".`
      )
    }
    const isOfImages = /^\/aws\/service\/ami-amazon-linux-latest\/?$/.test(Path)
    if (!isOfImages) yield* Ssm.checkOwn(`${Path}/`)
    const filters = yield* Filters.parse("GetParametersByPath", checked.ParameterFilters)
    const path = Path.replace(/\/+$/, "")
    const all = isOfImages ? Ssm.published(context) : [...parameters.values()]
    const found = all.flatMap((parameter) => {
      const version = Filters.isBelow(parameter.name, path, Recursive) ? Filters.select(parameter, filters) : undefined
      return version === undefined ? [] : [[parameter.name, version] as const]
    })
    const [page, token] = yield* Ssm.page(context, found, input, 10, ([name]) => name)
    return {
      Parameters: page.map(([name, version]) => Ssm.toSdk(name, version, WithDecryption, context)),
      NextToken: token
    }
  }),

  DescribeParameters: Effect.fnUntraced(function*(input, { parameters }, context) {
    const checked = yield* Ssm.check(input, {
      Filters: Filters.oldFilterRules,
      ParameterFilters: Filters.filterRules,
      MaxResults: Ssm.pageSize
    })
    if (checked.Shared === true) {
      return yield* unsupported("The in-memory SSM doesn't share parameters with other accounts. Leave Shared out.")
    }
    const filters = yield* Filters.parse("DescribeParameters", checked.ParameterFilters)
    const found = [...parameters.values()].filter((parameter) => Filters.select(parameter, filters) !== undefined)
    const [page, token] = yield* Ssm.page(context, found, input, 50, ({ name }) => name)
    return {
      Parameters: page.map((parameter): sdk.ParameterMetadata => {
        const { by, description, keyId, modified, pattern, tier, type, version } = Ssm.newest(parameter)
        return {
          Name: parameter.name,
          ARN: Ssm.arnOf(parameter.name, context),
          Type: type,
          KeyId: keyId,
          LastModifiedDate: modified,
          LastModifiedUser: by,
          Description: description,
          AllowedPattern: pattern,
          Version: version,
          Tier: tier,
          Policies: [],
          DataType: "text"
        }
      }),
      NextToken: token
    }
  }),

  GetParameterHistory: Effect.fnUntraced(function*(input, state, context) {
    const { Name, WithDecryption } = yield* Ssm.check(input, { Name: Ssm.parameterName, MaxResults: Ssm.pageSize })
    const { versions } = yield* Ssm.get(state, Name)
    const [page, token] = yield* Ssm.page(context, versions, input, 50, ({ version }) => numberKey(version))
    return {
      Parameters: page.map((version): sdk.ParameterHistory => {
        const { ARN: _, ...parameter } = Ssm.toSdk(Name, version, WithDecryption, context)
        return {
          ...parameter,
          LastModifiedUser: version.by,
          Description: version.description,
          AllowedPattern: version.pattern,
          KeyId: version.keyId,
          Tier: version.tier,
          Labels: [...version.labels],
          Policies: []
        }
      }),
      NextToken: token
    }
  }),

  DeleteParameter: Effect.fnUntraced(function*(input, { parameters }) {
    const { Name } = yield* Ssm.check(input, { Name: Ssm.parameterName })
    return parameters.delete(Name) ? {} : yield* Ssm.notFound
  }),

  DeleteParameters: Effect.fnUntraced(function*(input, { parameters }) {
    const { Names } = yield* Ssm.check(input, { Names: Ssm.parameterNames })
    const gone = Names.filter((name) => parameters.has(name))
    const unknown = Names.filter((name) => !parameters.has(name))
    for (const name of gone) parameters.delete(name)
    return { DeletedParameters: gone, InvalidParameters: unknown }
  })
}
