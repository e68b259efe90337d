// XML of a request.
import type { Source } from "./reader.ts"
import { readText, WrongValue } from "./scalars.ts"
import type { Shape } from "./sdk.ts"
import type { Content } from "./xmlParser.ts"

type Data = Content | Array<Content>

const wrong = (data: Data, expected: string): never => {
  throw new WrongValue(typeof data === "string" ? data : "an element with others in it", expected)
}

const elements = (data: Data): Record<string, Data> => {
  if (Array.isArray(data)) return wrong(data, "Structure")
  return typeof data === "object" ? data : data.trim() === "" ? {} : wrong(data, "Structure")
}

const xmlName = (shape: Shape): string | undefined => shape.getMergedTraits().xmlName

const isFlat = (shape: Shape): boolean => Boolean(shape.getMergedTraits().xmlFlattened)

const several = (data: Data | undefined): Array<Content> =>
  data === undefined ? [] : Array.isArray(data) ? data : [data]

export const xmlSource: Source<Data> = {
  nameOf: (name, member) => member.getMemberTraits().xmlName ?? member.getMergedTraits().xmlName ?? name,
  members: (data) => Object.entries(elements(data)),
  items: (data, shape, unknown) => {
    if (isFlat(shape)) return several(data)
    const name = xmlName(shape.getValueSchema()) ?? "member"
    const { [name]: items, ...others } = elements(data)
    Object.keys(others).forEach(unknown)
    return several(items)
  },
  entries: (data, shape, unknown) => {
    const keyName = xmlName(shape.getKeySchema()) ?? "key"
    const valueName = xmlName(shape.getValueSchema()) ?? "value"
    let entries = several(data)
    if (!isFlat(shape)) {
      const { entry, ...others } = elements(data)
      Object.keys(others).forEach(unknown)
      entries = several(entry)
    }
    return entries.map((entry) => {
      const { [keyName]: key = "", [valueName]: value = "", ...others } = elements(entry)
      Object.keys(others).forEach(unknown)
      return [typeof key === "string" ? key : wrong(key, "String"), value] as const
    })
  },
  scalar: (data, shape) => typeof data === "string" ? readText(shape, data) : wrong(data, shape.getName() ?? "value"),
  isNull: () => false
}
