// Forms of AWS query and EC2 query: `Filter.1.Value.2=a` is a list in a structure in a list.
import type { Parameters } from "./http.ts"
import type { Source } from "./reader.ts"
import { readText, WrongValue } from "./scalars.ts"
import type { Shape } from "./sdk.ts"

export interface Form {
  readonly text?: string | undefined
  readonly parts: Map<string, Form>
}

type Node = { text?: string | undefined; readonly parts: Map<string, Node> }

/** The parameters by the parts of their names. */
export const parseForm = (parameters: Parameters, isOfProtocol: (name: string) => boolean): Form => {
  const root: Node = { parts: new Map() }
  for (const [name, value] of parameters) {
    if (isOfProtocol(name)) continue
    let node = root
    for (const part of name.split(".")) {
      let next = node.parts.get(part)
      if (next === undefined) node.parts.set(part, next = { parts: new Map() })
      node = next
    }
    // AWS takes the first of several parameters of the same name.
    node.text ??= value
  }
  return root
}

const noForm: Form = { parts: new Map() }

const wrong = (form: Form, expected: string): never => {
  throw new WrongValue(form.text ?? "a parameter with others in it", expected)
}

/** The parts of a structure, a list or a map. Clients send an empty list as a name without a value. */
const partsOf = (form: Form, expected: string): ReadonlyMap<string, Form> =>
  form.text === undefined || form.text === "" ? form.parts : wrong(form, expected)

const index = /^[1-9]\d*$/

const numbered = (form: Form, unknown: (name: string) => void): Array<Form> => {
  const items: Array<readonly [number, Form]> = []
  for (const [name, part] of form.parts) {
    if (index.test(name)) items.push([Number(name), part])
    else unknown(name)
  }
  return items.sort(([a], [b]) => a - b).map(([, item]) => item)
}

const only = (form: Form, name: string, unknown: (name: string) => void): Form => {
  for (const other of form.parts.keys()) if (other !== name) unknown(other)
  return form.parts.get(name) ?? noForm
}

type Names = (shape: Shape, name: string) => string

const makeSource = (nameOf: Names, memberName: Names, areListsFlat: boolean): Source<Form> => {
  const isFlat = (shape: Shape) => areListsFlat || Boolean(shape.getMergedTraits().xmlFlattened)
  return {
    nameOf: (name, member) => memberName(member, name),
    members: (form) => partsOf(form, "Structure"),
    items: (form, shape, unknown) => {
      partsOf(form, "List")
      return numbered(isFlat(shape) ? form : only(form, nameOf(shape.getValueSchema(), "member"), unknown), unknown)
    },
    entries: (form, shape, unknown) => {
      partsOf(form, "Map")
      const keyName = nameOf(shape.getKeySchema(), "key")
      const valueName = nameOf(shape.getValueSchema(), "value")
      const flat = Boolean(shape.getMergedTraits().xmlFlattened)
      return numbered(flat ? form : only(form, "entry", unknown), unknown).map((entry) => {
        for (const name of entry.parts.keys()) if (name !== keyName && name !== valueName) unknown(name)
        return [
          entry.parts.get(keyName)?.text ?? "",
          entry.parts.get(valueName) ?? { text: "", parts: new Map() }
        ] as const
      })
    },
    scalar: (form, shape) =>
      form.parts.size > 0 ? wrong({ parts: form.parts }, shape.getName() ?? "value") : readText(shape, form.text ?? ""),
    isNull: () => false
  }
}

const xmlName: Names = (shape, name) => shape.getMergedTraits().xmlName ?? name

const ec2Name: Names = (shape, name) =>
  (shape.getMergedTraits() as { readonly ec2QueryName?: string }).ec2QueryName ?? xmlName(shape, name)

const capitalized = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)

export const querySource = makeSource(xmlName, xmlName, false)

export const ec2QuerySource = makeSource(
  ec2Name,
  (shape, name) =>
    (shape.getMergedTraits() as { readonly ec2QueryName?: string }).ec2QueryName ?? capitalized(xmlName(shape, name)),
  true
)
