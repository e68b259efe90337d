/** The policy simulator: what policies would allow, without calling anything. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { contextKeysOf, type Policy, PolicyError, type Position, readDocument } from "../support/policyDocuments.ts"
import { decide, type Decision, type Policies, type Source } from "../support/policyEvaluation.ts"
import { checkPolicy } from "./documents.ts"
import { type Entity, findEntity, type Origin, policiesOf } from "./entityPolicies.ts"
import * as Iam from "./state.ts"

const documents = { each: { min: 1, max: 131_072, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" } } as const

const simulationRules = {
  ActionNames: { required: true, each: { min: 3, max: 128 } },
  PermissionsBoundaryPolicyInputList: documents,
  ResourceArns: { each: { min: 1, max: 2048 } },
  ResourcePolicy: { ...documents.each },
  ResourceOwner: { min: 1, max: 2048 },
  CallerArn: { min: 1, max: 2048 },
  ContextEntries: {
    members: {
      ContextKeyName: { min: 5, max: 256 },
      ContextKeyType: {
        enum: [
          "string",
          "stringList",
          "numeric",
          "numericList",
          "boolean",
          "booleanList",
          "ip",
          "ipList",
          "binary",
          "binaryList",
          "date",
          "dateList"
        ]
      }
    }
  },
  MaxItems: Iam.rules.list.MaxItems,
  Marker: Iam.rules.list.Marker
} as const

interface Input {
  readonly ActionNames: ReadonlyArray<string>
  readonly ResourceArns?: ReadonlyArray<string> | undefined
  readonly ResourcePolicy?: string | undefined
  readonly ResourceOwner?: string | undefined
  readonly CallerArn?: string | undefined
  readonly ContextEntries?: ReadonlyArray<sdk.ContextEntry> | undefined
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

const read = (document: string): Effect.Effect<Policy, Fault> =>
  Effect.try({
    try: () => readDocument(document),
    catch: (error) => Iam.invalidInput(error instanceof PolicyError ? error.message : "Syntax errors in policy.")
  })

/** The policies of a request, each named by its place: `PolicyInputList.1`. */
const listed = Effect.fnUntraced(function*(
  list: ReadonlyArray<string> | undefined,
  name: string,
  { partition }: HandlerContext
) {
  return yield* Effect.forEach(list ?? [], (document, i) =>
    checkPolicy(document, partition).pipe(
      Effect.mapError(({ message }) => Iam.invalidInput(message)),
      Effect.andThen(read(document)),
      Effect.map((policy): Source<Origin> => ({ policy, source: { id: `${name}.${i + 1}`, type: "IAM Policy" } }))
    ))
})

const toSdkPosition = ({ column, line }: Position) => ({ Line: line, Column: column })

const toSdkMatches = ({ matches }: Decision<Origin>): ReadonlyArray<sdk.Statement> =>
  matches.map(({ source, statement }) => ({
    SourcePolicyId: source.id,
    // AWS answers "IAM Policy", unlike its documentation and the SDK's types.
    SourcePolicyType: source.type as sdk.PolicySourceType,
    StartPosition: toSdkPosition(statement.start),
    EndPosition: toSdkPosition(statement.end)
  }))

/** What the simulator knows about the caller without being told. */
const callerKeys = (arn: string, entity: Entity | undefined, now: number): Readonly<Record<string, string>> => {
  const { account = "", resource = "" } = parseArn(arn) ?? {}
  const date = new Date(now)
  return {
    "aws:currenttime": date.toISOString(),
    "aws:epochtime": String(Math.floor(now / 1000)),
    "aws:principalarn": arn,
    "aws:principalaccount": account,
    ...(resource.startsWith("user/") && {
      "aws:username": nameIn(resource),
      "aws:principaltype": "User"
    }),
    ...(entity !== undefined && entity.kind !== "group" && { "aws:userid": entity.holder.id }),
    ...Object.fromEntries(
      (entity?.holder.tags ?? []).map(({ Key = "", Value = "" }) => [`aws:principaltag/${Key.toLowerCase()}`, Value])
    )
  }
}

const checkActions = (actions: ReadonlyArray<string>): Effect.Effect<void, Fault> => {
  const invalid = actions.find((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/i.test(action))
  return invalid === undefined ? Effect.void : Effect.fail(Iam.invalidInput(`Invalid action name: ${invalid}`))
}

const simulate = Effect.fnUntraced(function*(
  input: Input,
  context: HandlerContext,
  policies: Omit<Policies<Origin>, "resource">,
  entity: Entity | undefined
) {
  yield* checkActions(input.ActionNames)
  const resource = input.ResourcePolicy === undefined ? [] : [{
    policy: yield* read(input.ResourcePolicy),
    source: { id: "ResourcePolicy", type: "Resource Policy" } as const
  }]
  const caller = input.CallerArn ?? (entity?.kind === "user" ? entity.holder.arn : undefined)
  if (caller !== undefined && !/^user\/./.test(parseArn(caller)?.resource ?? "")) {
    return yield* Iam.invalidInput("Invalid caller - Caller must be an IAM user in this context.")
  }
  if (caller === undefined && resource.length > 0) {
    return yield* Iam.invalidInput("Invalid caller - Caller must be an IAM user in this context.")
  }
  const entries = new Map(
    (input.ContextEntries ?? []).map(({ ContextKeyName = "", ContextKeyValues = [] }) =>
      [ContextKeyName.toLowerCase(), ContextKeyValues] as const
    )
  )
  const arn = caller ?? entity?.holder.arn ?? context.principal.arn
  const known = entity === undefined && caller === undefined
    ? {}
    : callerKeys(arn, entity, yield* Clock.currentTimeMillis)
  const valuesOf = (key: string): ReadonlyArray<string> | undefined => {
    const name = key.toLowerCase()
    return entries.get(name) ?? (Object.hasOwn(known, name) ? [known[name]!] : undefined)
  }
  const all = [...policies.identity, ...(policies.boundary ?? []), ...resource]
  const missing = [...new Set(all.flatMap(({ policy }) => contextKeysOf(policy)))]
    .filter((key) => valuesOf(key) === undefined)
  const account = parseArn(arn)?.account ?? context.account
  const owner = parseArn(input.ResourceOwner ?? "")?.account ?? account
  const resultOf = (action: string, resourceArn: string): sdk.EvaluationResult => {
    const request = { action, resource: resourceArn, valuesOf, principal: { account, arn } }
    const decision = decide({ ...policies, resource }, request, owner !== account)
    const MatchedStatements = [...toSdkMatches(decision)]
    const details = {
      ...(resource.length > 0 && owner !== account && {
        EvalDecisionDetails: { "IAM Policy": decision.identity, "Resource Policy": decision.resource }
      }),
      ...(decision.boundary !== undefined && {
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: decision.boundary === "allowed" }
      })
    }
    return {
      EvalActionName: action,
      EvalResourceName: resourceArn,
      EvalDecision: decision.verdict,
      MatchedStatements,
      MissingContextValues: input.ResourceArns === undefined ? [...missing] : [],
      ...(entity !== undefined && { OrganizationsDecisionDetail: { AllowedByOrganizations: true } }),
      EvalDecisionDetails: {},
      ...details,
      ...(input.ResourceArns !== undefined && {
        ResourceSpecificResults: [{
          EvalResourceName: resourceArn,
          EvalResourceDecision: decision.verdict,
          MatchedStatements,
          MissingContextValues: [...missing],
          ...details
        }]
      })
    }
  }
  const resources = input.ResourceArns ?? ["*"]
  const requests = input.ActionNames.flatMap((action) => resources.map((arn) => ({ action, arn })))
    .map((request, i) => ({ ...request, i }))
  const [page, next] = yield* Iam.listPage(context, input, requests, ({ i }) => String(i).padStart(9, "0"))
  return { EvaluationResults: page.map(({ action, arn }) => resultOf(action, arn)), ...next }
})

const keysOf = (sources: ReadonlyArray<Source<Origin>>) => ({
  ContextKeyNames: [...new Set(sources.flatMap(({ policy }) => contextKeysOf(policy)))]
})

export const simulation: Iam.IamHandlers = {
  SimulateCustomPolicy: Effect.fnUntraced(function*(input, _, context) {
    const checked = yield* Iam.check(input, { PolicyInputList: { required: true, ...documents }, ...simulationRules })
    const identity = yield* listed(checked.PolicyInputList, "PolicyInputList", context)
    const boundaries = checked.PermissionsBoundaryPolicyInputList
    const boundary = boundaries && (yield* listed(boundaries, "PermissionsBoundaryPolicyInputList", context))
    return yield* simulate(checked, context, { identity, boundary }, undefined)
  }),

  SimulatePrincipalPolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      PolicySourceArn: Iam.rules.arn,
      PolicyInputList: documents,
      ...simulationRules
    })
    const entity = yield* findEntity(state, checked.PolicySourceArn, context)
    const own = yield* policiesOf(state, entity)
    const identity = [...own.identity, ...(yield* listed(checked.PolicyInputList, "PolicyInputList", context))]
    const boundaries = checked.PermissionsBoundaryPolicyInputList
    const boundary = boundaries === undefined
      ? own.boundary
      : yield* listed(boundaries, "PermissionsBoundaryPolicyInputList", context)
    return yield* simulate(checked, context, { identity, boundary }, entity)
  }),

  GetContextKeysForCustomPolicy: Effect.fnUntraced(function*(input, _, context) {
    const { PolicyInputList } = yield* Iam.check(input, { PolicyInputList: { required: true, ...documents } })
    return keysOf(yield* listed(PolicyInputList, "PolicyInputList", context))
  }),

  GetContextKeysForPrincipalPolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyInputList, PolicySourceArn } = yield* Iam.check(input, {
      PolicySourceArn: Iam.rules.arn,
      PolicyInputList: documents
    })
    const { identity } = yield* policiesOf(state, yield* findEntity(state, PolicySourceArn, context))
    return keysOf([...identity, ...(yield* listed(PolicyInputList, "PolicyInputList", context))])
  })
}
