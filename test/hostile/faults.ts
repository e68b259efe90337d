// What the proxy does to a request, and how it chooses.
import { randomOf } from "./random.ts"

export type Fault =
  /** Waits before it forwards the request. */
  | { readonly _tag: "Delay"; readonly milliseconds: number }
  /** Resets the connection before it forwards anything. */
  | { readonly _tag: "Reset" }
  /** Answers in AWS's place, before or after it has read the body. */
  | { readonly _tag: "Answer"; readonly status: number; readonly code: string; readonly isEarly: boolean }
  /** Breaks the connection off in the request's body. */
  | { readonly _tag: "CutRequest"; readonly share: number }
  /** Stops for a while in the request's body. */
  | { readonly _tag: "StallRequest"; readonly share: number; readonly milliseconds: number }
  /** Lets AWS act, and breaks the connection off instead of answering. */
  | { readonly _tag: "Lose" }
  /** Breaks the connection off in the body of the answer: by a reset, or as if it was complete. */
  | { readonly _tag: "CutResponse"; readonly share: number; readonly isReset: boolean }
  /** Ends the body of the answer early, and says that this is all. */
  | { readonly _tag: "Truncate"; readonly share: number }
  /** Stops for a while in the body of the answer. */
  | { readonly _tag: "StallResponse"; readonly share: number; readonly milliseconds: number }
  /** Sends nothing from here on, and keeps the connection open: only an interruption ends this. */
  | { readonly _tag: "Hang"; readonly share: number; readonly isBefore: boolean }
  /** Answers with status 200 and an error, as S3 may to what takes long. */
  | { readonly _tag: "LateError"; readonly isExecuted: boolean }
  /** Changes a byte of the object: on its way up, or on its way down. */
  | { readonly _tag: "Flip"; readonly share: number }

export type FaultTag = Fault["_tag"]

/** How bad a step's network is. */
export interface Weather {
  /** The share of requests that meet a fault. */
  readonly rate: number
  readonly kinds: ReadonlyArray<FaultTag>
  /** A request of which this many attempts met a fault gets through. */
  readonly attempts: number
}

export const calm: Weather = { rate: 0, kinds: [], attempts: 0 }

const answers = [
  [503, "SlowDown"],
  [503, "ServiceUnavailable"],
  [500, "InternalError"],
  [400, "RequestTimeout"],
  [502, ""]
] as const

/** The operations that S3 answers with status 200 before it knows how they end. */
const late = new Set(["CompleteMultipartUpload", "CopyObject", "UploadPartCopy"])
/** The operations whose body is a part of an object. */
const sends = new Set(["PutObject", "UploadPart"])
export const isRead = (operation: string): boolean => operation === "GetObject"

/** The kinds of fault that the operation can meet. */
const applicable = (operation: string) => (kind: FaultTag): boolean => {
  switch (kind) {
    case "LateError":
      return late.has(operation)
    case "CutRequest":
    case "StallRequest":
      return sends.has(operation)
    case "Truncate":
      return isRead(operation)
    case "Flip":
      return sends.has(operation) || isRead(operation)
    default:
      return true
  }
}

/** The fault that an attempt of a request meets. It depends on what the request is, and not on when it arrives. */
export const faultOf = (
  { attempts, kinds, rate }: Weather,
  operation: string,
  attempt: number,
  ...labels: ReadonlyArray<string | number>
): Fault | undefined => {
  const random = randomOf("fault", operation, attempt, ...labels)
  const possible = kinds.filter(applicable(operation))
  if (attempt >= attempts || possible.length === 0 || !random.chance(rate)) return undefined
  const _tag = random.pick(possible)
  const share = random.next()
  const milliseconds = random.whole(10, 400)
  switch (_tag) {
    case "Answer": {
      const [status, code] = random.pick(answers)
      return { _tag, status, code, isEarly: random.chance(0.3) }
    }
    case "CutResponse":
      return { _tag, share, isReset: random.chance(0.5) }
    case "Hang":
      return { _tag, share, isBefore: random.chance(0.5) }
    case "LateError":
      return { _tag, isExecuted: random.chance(0.5) }
    case "Delay":
    case "StallRequest":
    case "StallResponse":
      return { _tag, share, milliseconds }
    default:
      return { _tag, share }
  }
}
