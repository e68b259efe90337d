/**
 * Matches events with event patterns.
 *
 * Both are flat for this purpose: a value counts by its path, whose names are joined by dots.
 */

export type Leaf = string | number | boolean | null

/** What a pattern says of the values at a path: that there are none, or which of them match. */
export type Matcher = "absent" | ((value: Leaf) => boolean)

/** What must hold at each path, all at the same time. */
type Conditions = ReadonlyMap<string, ReadonlyArray<Matcher>>

/** An event matches if it matches one of these. There are several if the pattern has an `$or`. */
export type Pattern = ReadonlyArray<Conditions>

/** A value of an event, and which element of each array it belongs to. */
interface Field {
  readonly value: Leaf
  readonly elements: ReadonlyMap<object, number>
}

type Fields = ReadonlyMap<string, ReadonlyArray<Field>>

const readFields = (event: object): Fields => {
  const fields = new Map<string, Array<Field>>()
  const visit = (value: unknown, path: string, elements: Field["elements"]): void => {
    if (Array.isArray(value)) {
      value.forEach((element, i) =>
        visit(
          element,
          path,
          typeof element === "object" && element !== null ? new Map([...elements, [value, i]]) : elements
        )
      )
    } else if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) visit(inner, path === "" ? name : `${path}.${name}`, elements)
    } else {
      const known = fields.get(path)
      const field = { value: value as Leaf, elements }
      if (known === undefined) fields.set(path, [field])
      else known.push(field)
    }
  }
  visit(event, "", new Map())
  return fields
}

// Each rule of a bus asks for the fields of the same event.
const fields = new WeakMap<object, Fields>()

const fieldsOf = (event: object): Fields => {
  let known = fields.get(event)
  if (known === undefined) fields.set(event, known = readFields(event))
  return known
}

/** Two values of one event can match together only if they aren't of different elements of one array. */
const compatible = (chosen: Field["elements"], { elements }: Field): boolean => {
  for (const [array, index] of elements) if ((chosen.get(array) ?? index) !== index) return false
  return true
}

/** Which element of each array was chosen. */
type Choice = Field["elements"]

/** Whether each condition holds by itself. Rejects most events for little. */
const mayHold = (conditions: Conditions, fields: Fields): boolean => {
  for (const [path, matchers] of conditions) {
    const found = fields.get(path)
    const holds = found === undefined
      ? matchers.includes("absent")
      : found.some(({ value }) => matchers.some((matcher) => matcher !== "absent" && matcher(value)))
    if (!holds) return false
  }
  return true
}

/**
 * Whether an event has, for every condition, a value that matches it, all in the same elements of the arrays.
 *
 * Goes through the conditions in the order of their paths and keeps the choices of elements with which all of them hold so far.
 * A choice forgets the arrays that no later condition is about, so there are never more choices than elements: trying one choice
 * after the other would take exponential time.
 */
const holds = (conditions: Conditions, fields: Fields): boolean => {
  const sorted = [...conditions].sort(([a], [b]) => a < b ? -1 : 1)
  const lastUse = new Map<object, number>()
  for (const [i, [path]] of sorted.entries()) {
    for (const { elements } of fields.get(path) ?? []) for (const array of elements.keys()) lastUse.set(array, i)
  }
  const ids = new Map([...lastUse.keys()].map((array, id) => [array, id]))
  let choices: ReadonlyArray<Choice> = [new Map()]
  for (const [i, [path, matchers]] of sorted.entries()) {
    const found = fields.get(path)
    if (found === undefined) {
      if (!matchers.includes("absent")) return false
      continue
    }
    const matched = found.filter(({ value }) => matchers.some((matcher) => matcher !== "absent" && matcher(value)))
    const next = new Map<string, Choice>()
    for (const choice of choices) {
      for (const field of matched) {
        if (!compatible(choice, field)) continue
        const kept = [...new Map([...choice, ...field.elements])].filter(([array]) => lastUse.get(array)! > i)
        next.set(kept.map(([array, index]) => `${ids.get(array)}:${index}`).sort().join(), new Map(kept))
      }
    }
    if (next.size === 0) return false
    choices = [...next.values()]
  }
  return true
}

export const matches = (pattern: Pattern, event: object): boolean => {
  const fields = fieldsOf(event)
  return pattern.some((conditions) => mayHold(conditions, fields) && holds(conditions, fields))
}
