// What a target receives: the event, a part of it, a constant, or a text with values of the event. See "Amazon EventBridge input
// transformation" in the user guide.
import type * as sdk from "@aws-sdk/client-eventbridge"
import { isJsonObject, parseJson } from "../support/json.ts"
import type { Event } from "./event.ts"

/** The value at a path such as `$.detail.items[0].id`; `undefined` if the event has none. A path with `*` has a list of all values. */
export const valueAt = (event: object, path: string): unknown => {
  const steps = path.matchAll(/\.([^.[\]]+)|\[(\d+|\*)\]/g)
  let found: ReadonlyArray<unknown> = [event]
  let isList = false
  for (const [, name, index] of steps) {
    if (name === "*" || index === "*") {
      isList = true
      found = found.flatMap((value) => typeof value === "object" && value !== null ? Object.values(value) : [])
    } else if (index !== undefined) {
      found = found.flatMap((value) =>
        Array.isArray(value) && Number(index) < value.length ? [value[Number(index)]] : []
      )
    } else {
      found = found.flatMap((value) => isJsonObject(value) && Object.hasOwn(value, name!) ? [value[name!]] : [])
    }
  }
  return isList ? found : found[0]
}

/** What a template can say of a rule and an event without a path. */
export interface Predefined {
  readonly ruleArn: string
  readonly ruleName: string
  /** When EventBridge received the event. */
  readonly ingested: string
}

const predefinedValues = (event: Event, { ingested, ruleArn, ruleName }: Predefined) => {
  const { detail: _, "detail-type": detailType, ...rest } = event
  return {
    "aws.events.rule-arn": ruleArn,
    "aws.events.rule-name": ruleName,
    "aws.events.event.ingestion-time": ingested,
    "aws.events.event": { ...rest, detailType },
    "aws.events.event.json": event
  }
}

/** In quotes, a text is there as it is, without any escapes. Other values lose their quotes if the whole template is a text. */
const quoted = (value: unknown, isText: boolean): string => {
  if (typeof value === "string") return value
  const json = JSON.stringify(value)
  return isText ? json.replaceAll("\"", "") : json
}

/** A template is a text, or several texts in lines, or else JSON. */
const isTextTemplate = (template: string): boolean => template.trimStart().startsWith("\"")

/** Fills in a template. A variable without a value is empty. The result isn't JSON if a value breaks it, as on AWS. */
const fillIn = (template: string, valueOf: (name: string) => unknown): string => {
  const isText = isTextTemplate(template)
  let isQuoted = false
  return template.replaceAll(/\\.|"|<([\w.-]+)>/gs, (found: string, name: string | undefined) => {
    if (found === "\"") isQuoted = !isQuoted
    if (name === undefined) return found
    const value = valueOf(name) ?? ""
    return isQuoted ? quoted(value, isText) : JSON.stringify(value)
  })
}

/** What a target receives, as the text that is sent; `undefined` if it would have to be JSON and isn't. */
const transformed = (
  { InputPathsMap = {}, InputTemplate = "" }: sdk.InputTransformer,
  event: Event,
  predefined: Predefined
): string | undefined => {
  const known: Readonly<Record<string, unknown>> = predefinedValues(event, predefined)
  const text = fillIn(
    InputTemplate,
    (name) => Object.hasOwn(InputPathsMap, name) ? valueAt(event, InputPathsMap[name]!) : known[name]
  )
  return isTextTemplate(InputTemplate) || parseJson(text) !== undefined ? text : undefined
}

/** A text, or the value that it stands for in JSON. */
const parsed = (text: string): unknown => parseJson(text) ?? text

/** What a target receives of an event; `undefined` if the result of its template isn't JSON. */
export const inputOf = (target: sdk.Target, event: Event, predefined: Predefined): unknown => {
  const { Input, InputPath, InputTransformer } = target
  if (InputTransformer !== undefined) {
    const text = transformed(InputTransformer, event, predefined)
    return text === undefined ? undefined : parsed(text)
  }
  if (Input) return parsed(Input)
  return InputPath ? valueAt(event, InputPath) ?? "" : event
}
