// Steps that copy and delete objects.
import { bucket } from "./aws.ts"
import {
  checkWritten,
  circumstances,
  expectedOf,
  fullHeadersOf,
  keyOf,
  MiB,
  nothing,
  replaced,
  type Scenario,
  sizeOf
} from "./common.ts"
import { contentOf } from "./random.ts"
import type { Expected } from "./steps.ts"

export const copyObject: Scenario = (place, tools) => {
  const { labels, prefix, random } = place
  const size = sizeOf(random)
  const from = { bucket, key: `${prefix}source/${random.whole(0, 10)} ü+%.txt` }
  const key = keyOf(place)
  const body = contentOf(size, "body", ...labels)
  const kept = fullHeadersOf(random)
  const given = random.chance(0.4) ? fullHeadersOf(random) : {}
  const isMissing = random.chance(0.05)
  const objects = { ...replaced(place, key), ...isMissing ? {} : { [from.key]: { body, ...kept } } }
  const exists = objects[key] !== undefined
  const mustBeNew = random.chance(0.15)
  const step = circumstances(random, 500)
  const other = contentOf(size, "replaced", ...labels)
  const isChanged = !isMissing && step.event === undefined && random.chance(0.2)
  const written: Array<Expected> = [{ ...expectedOf(body), ...kept, ...given }]
  // A copy of an object that is replaced meanwhile, before the copy has looked at it.
  if (isChanged) written.push({ ...expectedOf(other), ...given })
  return {
    ...nothing,
    ...step,
    ...isChanged && {
      event: {
        event: { _tag: "Change", what: "replace the source", run: () => tools.put(from.key, other) },
        bytes: random.whole(0, 500)
      }
    },
    objects,
    operation: {
      _tag: "copyObject",
      options: {
        from,
        to: { bucket, key },
        ...given,
        ...random.chance(0.4) && { partSize: 5 * MiB },
        ...mustBeNew && { ifNoneMatch: "*" }
      }
    },
    written: { [key]: written },
    explained: [
      ...isMissing ? ["ObjectDoesNotExist"] : [],
      ...isChanged ? ["ObjectChanged"] : [],
      ...mustBeNew && exists ? ["PreconditionFailed"] : []
    ],
    mustFail: isMissing || (mustBeNew && exists),
    check: checkWritten(key)
  }
}

export const deleteObjects: Scenario = ({ labels, prefix, random }) => {
  const keys = Array.from({ length: random.whole(0, 40) }, (_, index) => `${prefix}${index} ü&<>.txt`)
  const kept = keys.filter(() => random.chance(0.2))
  const missing = random.chance(0.3) ? [`${prefix}missing`] : []
  const deleted = [...keys.filter((key) => !kept.includes(key)), ...missing]
  return {
    ...nothing,
    ...circumstances(random, 1_000),
    objects: Object.fromEntries(keys.map((key) => [key, { body: contentOf(10, key, ...labels) }])),
    operation: { _tag: "deleteObjects", bucket, keys: deleted, isStream: random.chance(0.5) },
    written: Object.fromEntries(deleted.map((key) => [key, [undefined]])),
    check: (value) => value === deleted.length ? [] : [`it says that it deleted ${value} of ${deleted.length}`]
  }
}
