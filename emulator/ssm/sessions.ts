/** Session Manager: sessions are there, but nothing can connect to them. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { nameIn } from "../support/arn.ts"
import { base62, textOf } from "../support/ids.ts"
import { defined } from "../support/members.ts"
import { descending, numberKey } from "../support/order.ts"
import { givenDocument } from "./documentRules.ts"
import * as Documents from "./documents.ts"
import { managedIn } from "./managed.ts"
import { checkParameters } from "./outline.ts"
import * as Ssm from "./state.ts"

/** How long a session lasts that nobody uses. */
const IDLE = 20 * 60_000

/** The document of a session that doesn't name one. */
const DEFAULT = "SSM-SessionManagerRunShell"

const sessionId = { required: true, min: 1, max: 96 } as const
const target = { required: true, min: 1, max: 400 } as const

/** What a client connects to a session with. */
const connection = (id: string, context: HandlerContext) => ({
  SessionId: id,
  TokenValue: textOf(context, base62, 200),
  StreamUrl: `wss://ssmmessages.${context.region}.amazonaws.com/v1/data-channel/${id}?role=publish_subscribe`
})

const isConnected = Effect.fnUntraced(function*(id: string, context: HandlerContext) {
  if (/^(ecs|mi-)/.test(id)) {
    return yield* unsupported(`The in-memory Session Manager reaches instances of EC2 only, not ${id}.`)
  }
  return (yield* managedIn(context)).get(id)?.isOnline === true
})

const endOf = ({ ended, until }: Ssm.Session, now: number): Date | undefined =>
  ended ?? (now >= until ? new Date(until) : undefined)

const toSdk = (session: Ssm.Session, now: number): sdk.Session => {
  const end = endOf(session, now)
  return defined({
    SessionId: session.id,
    Target: session.target,
    Status: end === undefined ? "Connected" as const : "Terminated" as const,
    StartDate: session.started,
    EndDate: end,
    DocumentName: session.document,
    Owner: session.owner,
    Reason: session.reason,
    OutputUrl: {},
    AccessType: "Standard" as const
  })
}

const filterOf = Effect.fnUntraced(function*({ key, value = "" }: sdk.SessionFilter) {
  const time = Date.parse(value)
  switch (key) {
    case "InvokedAfter":
    case "InvokedBefore":
      if (Number.isNaN(time)) return yield* Ssm.validation(`The value ${value} of ${key} isn't a time.`)
      return ({ StartDate }: sdk.Session) =>
        key === "InvokedAfter" ? StartDate!.getTime() > time : StartDate!.getTime() < time
    case "AccessType":
    case "Owner":
    case "SessionId":
    case "Status":
    case "Target":
      return (session: sdk.Session) => session[key] === value
    default:
      return yield* new Fault({ code: "InvalidFilterKey", message: "The specified key isn't valid." })
  }
})

export const sessions: Ssm.SsmHandlers = {
  StartSession: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Target: target,
      DocumentName: { pattern: givenDocument.pattern },
      Reason: { min: 1, max: 256 }
    })
    const { DocumentName = DEFAULT, Reason, Target } = checked
    const parameters = { ...checked.Parameters }
    // The default document is an account's own, which it has once it has changed the preferences of its sessions.
    if (DocumentName !== DEFAULT || state.documents.has(DEFAULT)) {
      const document = yield* Documents.find(state, DocumentName, context)
      if (document.type !== "Session") {
        return yield* new Fault({
          code: "InvalidDocument",
          message: `Document type ${document.type} isn't supported. Only the type Session is supported for sessions.`
        })
      }
      yield* checkParameters((yield* Documents.versionOf(document, {})).outline, parameters)
    }
    if (!(yield* isConnected(Target, context))) {
      return yield* new Fault({ code: "TargetNotConnected", message: `${Target} is not connected.` })
    }
    const now = yield* Clock.currentTimeMillis
    const id = `${nameIn(context.principal.arn).replace(/^.*:/, "")}-${textOf(context, "0123456789abcdef", 17)}`
    state.sessions.set(id, {
      id,
      target: Target,
      document: DocumentName,
      owner: context.principal.arn,
      ownerId: context.principal.userId,
      reason: Reason,
      started: new Date(now),
      until: now + IDLE,
      ended: undefined
    })
    return connection(id, context)
  }),

  ResumeSession: Effect.fnUntraced(function*(input, state, context) {
    const { SessionId } = yield* Ssm.check(input, { SessionId: sessionId })
    const session = state.sessions.get(SessionId)
    if (session === undefined || endOf(session, yield* Clock.currentTimeMillis) !== undefined) {
      return yield* new Fault({ code: "DoesNotExistException", message: `Session ${SessionId} does not exist` })
    }
    return connection(SessionId, context)
  }),

  TerminateSession: Effect.fnUntraced(function*(input, state) {
    const { SessionId } = yield* Ssm.check(input, { SessionId: sessionId })
    const session = state.sessions.get(SessionId)
    const now = yield* Clock.currentTimeMillis
    if (session !== undefined && endOf(session, now) === undefined) session.ended = new Date(now)
    return { SessionId }
  }),

  DescribeSessions: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      State: { required: true, enum: ["Active", "History"] },
      MaxResults: { min: 1, max: 200 },
      Filters: {
        min: 1,
        max: 6,
        members: {
          key: {
            required: true,
            enum: ["InvokedAfter", "InvokedBefore", "Target", "Owner", "Status", "SessionId", "AccessType"]
          },
          value: { required: true, min: 1, max: 400 }
        }
      }
    })
    const filters = yield* Effect.forEach(checked.Filters ?? [], filterOf)
    const now = yield* Clock.currentTimeMillis
    const found = [...state.sessions.values()].map((session) => toSdk(session, now)).filter((session) =>
      (session.EndDate === undefined) === (checked.State === "Active") && filters.every((matches) => matches(session))
    )
    const [page, token] = yield* Ssm.page(
      context,
      found,
      input,
      200,
      ({ SessionId, StartDate }) => `${descending(numberKey(StartDate!.getTime()))} ${SessionId}`
    )
    return { Sessions: [...page], NextToken: token }
  }),

  GetConnectionStatus: Effect.fnUntraced(function*(input, _, context) {
    const { Target } = yield* Ssm.check(input, { Target: target })
    return { Target, Status: (yield* isConnected(Target, context)) ? "connected" : "notconnected" }
  })
}
