// The page of a fleet's report without a browser: what its script needs of a document, over what parse5 reads. It lays nothing out.
import { createRequire } from "node:module"
import * as vm from "node:vm"

export interface Node {
  readonly nodeName: string
  readonly value?: string
  readonly attrs?: ReadonlyArray<{ readonly name: string; readonly value: string }>
  readonly childNodes?: ReadonlyArray<Node>
}

/** Reads HTML as a browser does. */
export const { parse } = createRequire(import.meta.url)("parse5") as { readonly parse: (html: string) => Node }

type Listener = (event: Record<string, unknown>) => void

/** An element. Further properties, such as `scrollTop`, are kept as they are set. */
export class Element {
  [property: string]: unknown
  readonly tag: string
  readonly attributes: Map<string, string>
  children: Array<Element | string> = []
  parentElement: Element | undefined
  readonly style: Record<string, string> = {}
  readonly listeners: Array<readonly [string, Listener]> = []
  value = ""
  open = false
  clientWidth = 1_000
  clientHeight = 1_000
  scrollLeft = 0
  scrollTop = 0

  constructor(tag: string, attributes: ReadonlyArray<readonly [string, string]> = []) {
    this.tag = tag
    this.attributes = new Map(attributes)
    this.value = this.attributes.get("value") ?? ""
  }
  get elementChildren(): ReadonlyArray<Element> {
    return this.children.filter((child) => child instanceof Element)
  }
  get firstElementChild() {
    return this.elementChildren[0]
  }
  get firstChild() {
    return this.children[0]
  }
  get textContent(): string {
    return this.children.map((child) => typeof child === "string" ? child : child.textContent).join("")
  }
  set textContent(text: string) {
    this.children = text === "" ? [] : [text]
  }
  get className() {
    return this.attributes.get("class") ?? ""
  }
  set className(name: string) {
    this.attributes.set("class", name)
  }
  get hidden() {
    return this.attributes.has("hidden")
  }
  set hidden(isHidden: boolean) {
    if (isHidden) this.attributes.set("hidden", "")
    else this.attributes.delete("hidden")
  }
  get dataset() {
    return Object.fromEntries(
      [...this.attributes].flatMap(([name, value]) => name.startsWith("data-") ? [[name.slice(5), value]] : [])
    )
  }
  /** The fields of a form, by name. */
  get elements(): Readonly<Record<string, Element>> {
    return Object.fromEntries(
      this.all().flatMap((field): ReadonlyArray<readonly [string, Element]> => {
        const name = field.attributes.get("name")
        return name === undefined ? [] : [[name, field]]
      })
    )
  }
  setAttribute(name: string, value: unknown) {
    this.attributes.set(name, String(value))
  }
  getAttribute(name: string) {
    return this.attributes.get(name)
  }
  removeAttribute(name: string) {
    this.attributes.delete(name)
  }
  append(...nodes: ReadonlyArray<Element | string>) {
    for (const node of nodes) {
      this.children.push(node)
      if (typeof node !== "string") node.parentElement = this
    }
  }
  replaceChildren(...nodes: ReadonlyArray<Element | string>) {
    this.children = []
    this.append(...nodes)
  }
  cloneNode(): Element {
    const copy = new Element(this.tag, [...this.attributes])
    copy.append(...this.children.map((child) => typeof child === "string" ? child : child.cloneNode()))
    return copy
  }
  all(): ReadonlyArray<Element> {
    return this.elementChildren.flatMap((child) => [child, ...child.all()])
  }
  private matches(selector: string): boolean {
    const [, tag = "", rest = ""] = /^([\w-]*)(.*)$/.exec(selector) ?? []
    return (tag === "" || tag === this.tag) &&
      [...rest.matchAll(/([#.[])([\w-]+)/g)].every(([, kind, name = ""]) =>
        kind === "#"
          ? this.attributes.get("id") === name
          : kind === "."
          ? this.className.split(" ").includes(name)
          : this.attributes.has(name)
      )
  }
  querySelectorAll(selector: string): ReadonlyArray<Element> {
    const parts = selector.split(" ")
    return parts.reduce<ReadonlyArray<Element>>(
      (roots, part) => [...new Set(roots.flatMap((root) => root.all().filter((element) => element.matches(part))))],
      [this]
    )
  }
  querySelector(selector: string) {
    return this.querySelectorAll(selector)[0]
  }
  addEventListener(type: string, listener: Listener) {
    this.listeners.push([type, listener])
  }
  /** Tells the listeners of this element about an event. */
  fire(type: string, event: Record<string, unknown> = {}) {
    for (const [name, listener] of this.listeners) {
      if (name === type) listener({ target: this, preventDefault: () => {}, ...event })
    }
  }
  reset() {
    for (const field of Object.values(this.elements)) field.value = ""
    this.fire("reset")
  }
  showModal() {
    this.open = true
  }
  close() {
    this.open = false
  }
  scrollIntoView() {}
  getBoundingClientRect() {
    return {
      left: 0,
      top: 0,
      width: Number(this.attributes.get("width")),
      height: Number(this.attributes.get("height"))
    }
  }
}

const elementOf = (node: Node): Element => {
  const element = new Element(node.nodeName, node.attrs?.map(({ name, value }) => [name, value] as const))
  element.append(
    ...(node.childNodes ?? []).flatMap((child): ReadonlyArray<Element | string> =>
      child.nodeName === "#text" ? [child.value ?? ""] : child.nodeName.startsWith("#") ? [] : [elementOf(child)]
    )
  )
  return element
}

/** The document of a page, after its script has run. */
export const runPage = (html: string) => {
  const root = elementOf(parse(html))
  const byId = (id: string): Element => {
    const found = root.all().find(({ attributes }) => attributes.get("id") === id)
    if (found === undefined) throw new Error(`there is no element ${id}`)
    return found
  }
  const script = root.querySelectorAll("script").at(-1)!.textContent
  const page = new Element("window")
  vm.runInNewContext(script, {
    document: {
      getElementById: byId,
      createElement: (tag: string) => new Element(tag),
      querySelectorAll: (selector: string) => root.querySelectorAll(selector)
    },
    addEventListener: (type: string, listener: Listener) => page.addEventListener(type, listener),
    setTimeout: (run: () => void) => run()
  })
  return { root, byId, page }
}
