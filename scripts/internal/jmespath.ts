// Compiles JMESPath expressions to TypeScript, for the generated waiters. It takes what AWS's waiters use, and more of
// the same kind; an expression with anything else fails the generation.

type Token = { readonly kind: string; readonly text: string; readonly at: number }

const tokens: ReadonlyArray<readonly [kind: string, pattern: RegExp]> = [
  ["space", /[ \t\r\n]+/y],
  ["name", /[A-Za-z_]\w*/y],
  ["quoted", /"(?:[^"\\]|\\.)*"/y],
  ["raw", /'(?:[^'\\]|\\[^])*'/y],
  ["literal", /`(?:[^`\\]|\\[^])*`/y],
  ["number", /-?\d+/y],
  ["operator", /\[\]|\[\?|\[\*\]|&&|\|\||[=!<>]=|[<>!@.,:|()[\]{}]/y]
]

const tokenize = (source: string): ReadonlyArray<Token> => {
  const found: Array<Token> = []
  for (let at = 0; at < source.length;) {
    const token = tokens.flatMap(([kind, pattern]) => {
      pattern.lastIndex = at
      const text = pattern.exec(source)?.[0]
      return text === undefined ? [] : [{ kind, text, at }]
    })[0]
    if (token === undefined) throw new Error(`${source}: what stands at ${at} isn't supported`)
    if (token.kind !== "space") found.push(token)
    at += token.text.length
  }
  return [...found, { kind: "end", text: "the end", at: source.length }]
}

/** An expression. `on` of a projection is the list; `after` is applied to each element. */
export type Node =
  | { readonly kind: "current" }
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "field"; readonly on: Node; readonly name: string }
  | { readonly kind: "index"; readonly on: Node; readonly at: number }
  | { readonly kind: "flat" | "each"; readonly on: Node; readonly after: Node }
  | { readonly kind: "where"; readonly on: Node; readonly condition: Node; readonly after: Node }
  | { readonly kind: "pipe"; readonly on: Node; readonly after: Node }
  | { readonly kind: "list"; readonly on: Node; readonly elements: ReadonlyArray<Node> }
  | { readonly kind: "record"; readonly on: Node; readonly members: Readonly<Record<string, Node>> }
  | { readonly kind: "and" | "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly of: Node }
  | { readonly kind: "compare"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "call"; readonly name: string; readonly arguments: ReadonlyArray<Node> }

/** The functions, and how many arguments they take. */
const functions: Readonly<Record<string, number>> = { length: 1, contains: 2 }

/** How strongly an operator binds, as in the grammar's reference implementation. */
const strength: Readonly<Record<string, number>> = {
  "|": 1,
  "||": 2,
  "&&": 3,
  "==": 5,
  "!=": 5,
  "<": 5,
  "<=": 5,
  ">": 5,
  ">=": 5,
  "[]": 9,
  "[?": 21,
  ".": 40,
  "!": 45,
  "[": 55,
  "[*]": 55
}

const current: Node = { kind: "current" }

class Parser {
  private next = 0
  private readonly source: string
  private readonly tokens: ReadonlyArray<Token>
  constructor(source: string) {
    this.source = source
    this.tokens = tokenize(source)
  }

  whole(): Node {
    const node = this.expression(0)
    if (this.token.kind !== "end") this.unsupported()
    return node
  }

  private get token(): Token {
    return this.tokens[this.next]!
  }

  private unsupported(): never {
    const { at, text } = this.token
    throw new Error(`${this.source}: ${text} at ${at} isn't supported`)
  }

  private takes(text: string): boolean {
    const is = this.token.kind === "operator" && this.token.text === text
    if (is) this.next++
    return is
  }

  private expect(text: string): void {
    if (!this.takes(text)) this.unsupported()
  }

  private expression(above: number): Node {
    let node = this.first()
    for (;;) {
      const { kind, text } = this.token
      const binds = kind === "operator" ? strength[text] ?? 0 : 0
      if (text === "!" || binds <= above) return node
      this.next++
      node = this.after(node, text, binds)
    }
  }

  private first(): Node {
    const { kind, text } = this.token
    this.next++
    switch (kind) {
      case "name":
        return this.takes("(") ? this.call(text) : { kind: "field", on: current, name: text }
      case "quoted":
        return { kind: "field", on: current, name: JSON.parse(text) }
      case "raw":
        return { kind: "literal", value: text.slice(1, -1).replaceAll("\\'", "'") }
      case "literal":
        return { kind: "literal", value: JSON.parse(text.slice(1, -1).replaceAll("\\`", "`")) }
    }
    if (kind === "operator") {
      if (text === "@") return current
      if (text === "!") return { kind: "not", of: this.expression(strength["!"]!) }
      if (text === "(") {
        const inner = this.expression(0)
        this.expect(")")
        // What follows a parenthesis isn't part of a projection in it.
        return { kind: "pipe", on: inner, after: current }
      }
      if (text === "[" && this.token.kind !== "number") return this.list(current)
      if (["[", "[]", "[*]", "[?"].includes(text)) return this.after(current, text, strength[text]!)
      if (text === "{") return this.record(current)
    }
    this.next--
    return this.unsupported()
  }

  private after(left: Node, text: string, binds: number): Node {
    switch (text) {
      case ".":
        return this.member(left)
      case "[": {
        const { kind, text } = this.token
        if (kind !== "number") this.unsupported()
        this.next++
        this.expect("]")
        return { kind: "index", on: left, at: Number(text) }
      }
      case "[]":
        return { kind: "flat", on: left, after: this.projected(binds) }
      case "[*]":
        return { kind: "each", on: left, after: this.projected(20) }
      case "[?": {
        const condition = this.expression(0)
        this.expect("]")
        return { kind: "where", on: left, condition, after: this.projected(binds) }
      }
      case "|":
        return { kind: "pipe", on: left, after: this.expression(binds) }
      case "||":
        return { kind: "or", left, right: this.expression(binds) }
      case "&&":
        return { kind: "and", left, right: this.expression(binds) }
      default:
        return { kind: "compare", operator: text, left, right: this.expression(binds) }
    }
  }

  /** What is applied to each element of a projection: a step that follows it, and then what binds more strongly. */
  private projected(binds: number): Node {
    let node: Node = current
    for (let above = 9;; above = binds) {
      const { kind, text } = this.token
      const next = kind === "operator" ? strength[text] ?? 0 : 0
      if (text === "!" || next <= above) return node
      this.next++
      node = this.after(node, text, next)
    }
  }

  private member(left: Node): Node {
    const { kind, text } = this.token
    if (this.takes("[")) return this.list(left)
    if (this.takes("{")) return this.record(left)
    this.next++
    if (kind === "quoted") return { kind: "field", on: left, name: JSON.parse(text) }
    if (kind !== "name") {
      this.next--
      return this.unsupported()
    }
    if (!this.takes("(")) return { kind: "field", on: left, name: text }
    return { kind: "pipe", on: left, after: this.call(text) }
  }

  private call(name: string): Node {
    const args = this.separated(")", () => this.expression(0))
    if (functions[name] !== args.length) {
      throw new Error(`${this.source}: ${name}() with ${args.length} arguments isn't supported`)
    }
    return { kind: "call", name, arguments: args }
  }

  private list(on: Node): Node {
    return { kind: "list", on, elements: this.separated("]", () => this.expression(0)) }
  }

  private record(on: Node): Node {
    const members = this.separated("}", () => {
      const { kind, text } = this.token
      if (kind !== "name" && kind !== "quoted") this.unsupported()
      this.next++
      this.expect(":")
      return [kind === "quoted" ? JSON.parse(text) : text, this.expression(0)] as const
    })
    return { kind: "record", on, members: Object.fromEntries(members) }
  }

  private separated<A>(end: string, element: () => A): ReadonlyArray<A> {
    const found: Array<A> = []
    do {
      found.push(element())
    } while (this.takes(","))
    this.expect(end)
    return found
  }
}

export const parse = (source: string): Node => new Parser(source).whole()

export interface Compiled {
  /** An expression of TypeScript, which reads the variable `o`. */
  readonly code: string
  /** The functions of `src/internal/jmespath.ts` that it uses. */
  readonly uses: ReadonlySet<string>
}

export const compile = (node: Node): Compiled => {
  const uses = new Set<string>()
  const use = (name: string, ...args: ReadonlyArray<string>): string => {
    uses.add(name)
    return `${name}(${args.join(", ")})`
  }
  const emit = (node: Node, value: string, depth: number): string => {
    const on = (inner: Node) => emit(inner, value, depth)
    const inner = String.fromCharCode("a".charCodeAt(0) + depth)
    const lambda = (body: Node) => `(${inner}) => ${emit(body, inner, depth + 1)}`
    switch (node.kind) {
      case "current":
        return value
      case "literal":
        return JSON.stringify(node.value)
      case "field":
        return use("field", on(node.on), JSON.stringify(node.name))
      case "index":
        return use("index", on(node.on), String(node.at))
      case "flat":
      case "each":
        return use(node.kind, on(node.on), lambda(node.after))
      case "where":
        return use("where", on(node.on), lambda(node.condition), lambda(node.after))
      case "pipe":
        return emit(node.after, on(node.on), depth)
      case "list":
        return use("list", on(node.on), `[${node.elements.map(lambda).join(", ")}]`)
      case "record": {
        const members = Object.entries(node.members).map(([name, member]) =>
          `[${JSON.stringify(name)}]: ${lambda(member)}`
        )
        return use("record", on(node.on), `{ ${members.join(", ")} }`)
      }
      case "and":
      case "or":
        return use(node.kind, on(node.left), `() => ${on(node.right)}`)
      case "not":
        return `!${use("isTrue", on(node.of))}`
      case "compare": {
        const [left, right] = [on(node.left), on(node.right)]
        if (node.operator === "==") return use("equal", left, right)
        if (node.operator === "!=") return `!${use("equal", left, right)}`
        return use("order", left, `(l, r) => l ${node.operator} r`, right)
      }
      case "call":
        return use(node.name, ...node.arguments.map(on))
    }
  }
  return { code: emit(node, "o", 0), uses }
}
