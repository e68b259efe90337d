// Makes the tables of waiters, and the tables of the guide, from botocore's descriptions.
import * as fs from "node:fs"
import * as path from "node:path"
import { dataOf, modelIn, newest } from "./botocore.ts"
import { compile, type Node, parse } from "./jmespath.ts"
import { services } from "./services.ts"

/** An acceptor, as botocore describes it. */
export interface Acceptor {
  readonly state: "success" | "failure" | "retry"
  readonly matcher: "path" | "pathAll" | "pathAny" | "error" | "status"
  readonly argument?: string
  readonly expected: string | number | boolean
}

/** A waiter, as botocore describes it. */
export interface Waiter {
  readonly operation: string
  readonly delay: number
  readonly maxAttempts: number
  readonly acceptors: ReadonlyArray<Acceptor>
}

/** The waiters of a module of this library. */
export interface Described {
  /** `EventBridge` */
  readonly module: string
  /** The end of the package name of the SDK's client: `eventbridge`. */
  readonly client: string
  /** The name in botocore: `events`. */
  readonly name: string
  readonly model: any
  readonly waiters: Readonly<Record<string, Waiter>>
}

const otherNames: Readonly<Record<string, string>> = { eventbridge: "events", "secrets-manager": "secretsmanager" }

/** The waiters of all modules, given a Python that has botocore. A service without waiters is left out. */
export const describedBy = (python: string): ReadonlyArray<Described> => {
  const data = dataOf(python)
  return Object.entries(services).flatMap(([module, client]) => {
    const name = otherNames[client] ?? client
    const folder = newest(data, name)
    const file = path.join(folder, "waiters-2.json")
    if (!fs.existsSync(file)) return []
    const { version, waiters } = JSON.parse(fs.readFileSync(file, "utf8"))
    if (version !== 2) throw new Error(`${name}: version ${version} of waiters isn't supported`)
    return Object.keys(waiters).length === 0 ? [] : [{ module, client, name, model: modelIn(folder), waiters }]
  })
}

type Shape = { readonly type: string } & Readonly<Record<string, any>>

/** The shape of what an expression finds; `undefined` where it has no shape of the model. A wrong member fails. */
const shapeOf = (node: Node, at: Shape | undefined, model: any): Shape | undefined => {
  const of = (inner: Node, shape = at) => shapeOf(inner, shape, model)
  const element = (list: Shape | undefined): Shape | undefined => {
    if (list === undefined) return undefined
    if (list.type !== "list") throw new Error(`a ${list.type} isn't a list`)
    return model.shapes[list["member"].shape]
  }
  switch (node.kind) {
    case "current":
      return at
    case "literal":
      return undefined
    case "field": {
      const on = of(node.on)
      if (on === undefined) return undefined
      const member = on["members"]?.[node.name]
      if (member === undefined) throw new Error(`there is no member ${node.name}`)
      return model.shapes[member.shape]
    }
    case "index":
      return element(of(node.on))
    case "flat": {
      const list = of(node.on)
      const inner = element(list)
      const flattened = inner?.type === "list" ? element(inner) : inner
      const then = of(node.after, flattened)
      return list && then && { type: "list", member: { shape: nameOf(then, model) } }
    }
    case "each":
    case "where": {
      const list = of(node.on)
      const inner = element(list)
      if (node.kind === "where") of(node.condition, inner)
      const then = of(node.after, inner)
      return list && then && { type: "list", member: { shape: nameOf(then, model) } }
    }
    case "pipe":
      return of(node.after, of(node.on))
    case "list":
      for (const inner of node.elements) of(inner, of(node.on))
      return undefined
    case "record":
      for (const inner of Object.values(node.members)) of(inner, of(node.on))
      return undefined
    case "and":
    case "or":
    case "compare":
      of(node.left)
      of(node.right)
      return undefined
    case "not":
      of(node.of)
      return undefined
    case "call":
      for (const inner of node.arguments) of(inner)
      return undefined
  }
}

/** The name of a shape; lists that an expression makes get one. */
const nameOf = (shape: Shape, model: any): string => {
  const found = Object.entries(model.shapes).find(([, other]) => other === shape)
  if (found !== undefined) return found[0]
  const name = `made ${Object.keys(model.shapes).length}`
  model.shapes[name] = shape
  return name
}

// AWS's names for what waiters wait for, where the name doesn't end in Id, Name or ARN.
const names = new Set(["Bucket", "Key", "cluster", "services", "tasks", "daemonTaskDefinition"])

/** The members of the input that name what is awaited. None of them is a secret. */
const namesIn = (operation: any, { shapes }: any): ReadonlyArray<string> =>
  Object.entries<any>(shapes[operation.input.shape].members ?? {}).flatMap(([name, { shape }]) => {
    const member = shapes[shape]
    const text = member.type === "list" ? shapes[member.member.shape] : member
    if (text.type !== "string" || text.sensitive === true || member.sensitive === true) return []
    return names.has(name) || /(Id|Name|Arn)s?$/.test(name) ? [name] : []
  })

/** The code that the SDK gives to an error: the name of its shape, where botocore has the code of the wire. */
export const codeOf = (code: string, { shapes }: any): string =>
  Object.entries<any>(shapes).find(([, { error, exception }]) => exception === true && error?.code === code)?.[0] ??
    code

/** Whether an answer with this status is an output. */
const isOk = (status: unknown): boolean => String(status).startsWith("2")

/** What a wait returns: an output, nothing because an error is the success, or either. */
const returned = ({ acceptors }: Waiter): "output" | "nothing" | "either" => {
  const successes = acceptors.filter(({ state }) => state === "success").map(({ expected, matcher }) =>
    matcher !== "error" && (matcher !== "status" || isOk(expected))
  )
  if (successes.length === 0) throw new Error("a waiter without success isn't supported")
  return successes.every(Boolean) ? "output" : successes.some(Boolean) ? "either" : "nothing"
}

const quote = (text: string): string => JSON.stringify(text)

const matchers = {
  path: [
    "is",
    (path: string, expected: unknown) => expected === true ? path : `${path} is ${JSON.stringify(expected)}`
  ],
  pathAll: ["every", (path: string, expected: unknown) => `each of ${path} is ${JSON.stringify(expected)}`],
  pathAny: ["some", (path: string, expected: unknown) => `${path} has ${JSON.stringify(expected)}`]
} as const

/** `Reservations[].Instances[].State.Name` becomes `reservationsInstancesStateName`. */
const identifier = (expression: string, taken: ReadonlySet<string>): string => {
  const words = (expression.match(/[A-Za-z_]\w*/g) ?? ["value"]).map((word, i) =>
    (i === 0 ? word[0]!.toLowerCase() : word[0]!.toUpperCase()) + word.slice(1)
  )
  const name = words.join("").slice(0, 60)
  for (let n = 1;; n++) {
    const unique = n === 1 ? name : `${name}${n}`
    if (!taken.has(unique)) return unique
  }
}

/** The text of `services/internal/<service>/waiters.ts`. */
export const source = ({ client, model, module, waiters }: Described): string => {
  const uses = new Set<string>()
  const expressions = new Map<string, { readonly name: string; readonly code: string }>()
  const compiled = (expression: string): string => {
    const known = expressions.get(expression)
    if (known !== undefined) return known.name
    const { code, uses: used } = compile(parse(expression))
    for (const name of used) uses.add(name)
    const taken = new Set(["o", "sdk", "Commands", "waiters", ...[...expressions.values()].map(({ name }) => name)])
    const name = identifier(expression, taken)
    expressions.set(expression, { name, code })
    return name
  }

  const acceptor = (operation: any, { argument, expected, matcher, state }: Acceptor): string => {
    switch (matcher) {
      case "error":
        if (typeof expected !== "string") throw new Error(`the error ${expected} isn't supported`)
        return `{ state: ${quote(state)}, error: ${quote(codeOf(expected, model))} }`
      case "status":
        if (typeof expected !== "number") throw new Error(`the status ${expected} isn't supported`)
        return `{ state: ${quote(state)}, status: ${isOk(expected) ? 200 : expected} }`
      case "path":
      case "pathAll":
      case "pathAny": {
        if (argument === undefined) throw new Error(`${matcher} without an expression isn't supported`)
        shapeOf(parse(argument), model.shapes[operation.output.shape], model)
        const [match, says] = matchers[matcher]
        uses.add(match)
        const output = `output: (o) => ${match}(${compiled(argument)}, o, ${JSON.stringify(expected)})`
        const reason = state === "failure" ? `, reason: ${quote(says(argument, expected))}` : ""
        return `{ state: ${quote(state)}, ${output}${reason} }`
      }
      default:
        throw new Error(`the matcher ${matcher} isn't supported`)
    }
  }

  const entries = Object.entries(waiters).sort(([a], [b]) => a < b ? -1 : 1).map(([name, waiter]) => {
    try {
      const operation = model.operations[waiter.operation]
      const text = [
        `  ${name}: {`,
        `    command: (sdk as Commands).${waiter.operation}Command,`,
        `    delay: ${quote(waiter.delay === 1 ? "1 second" : `${waiter.delay} seconds`)},`,
        `    attempts: ${waiter.maxAttempts},`,
        `    names: [${namesIn(operation, model).map(quote).join(", ")}],`,
        "    acceptors: [",
        waiter.acceptors.map((each) => `      ${acceptor(operation, each)}`).join(",\n"),
        "    ]",
        "  }"
      ].join("\n")
      return { text, type: `  ${name}: [${quote(`${waiter.operation}Command`)}, ${quote(returned(waiter))}]` }
    } catch (error) {
      throw new Error(`${module} ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  })
  return [
    "// Written by `npm run waiters` from botocore's data. Don't edit it.",
    `import * as sdk from "@aws-sdk/client-${client}"`,
    ...(uses.size === 0
      ? []
      : [`import { ${[...uses].sort().join(", ")} } from "../../../src/internal/jmespath.ts"`]),
    `import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"`,
    "",
    ...[...expressions].flatMap(([expression, { code, name }]) => [
      `/** \`${expression.replaceAll("`", "'")}\` */`,
      `const ${name} = (o: unknown) => ${code}`,
      ""
    ]),
    `/** What ${module} can wait for: the command of each waiter, and what the wait returns. */`,
    `export type ${module}Waiters = WaitersOf<typeof sdk, {`,
    entries.map(({ type }) => type).join("\n"),
    "}>",
    "",
    "export const waiters: Tables = {",
    entries.map(({ text }) => text).join(",\n"),
    "}",
    ""
  ].join("\n")
}

/** Where the table of a module belongs, from the root. */
export const fileOf = (module: string): string => `services/internal/${module.toLowerCase()}/waiters.ts`

const begin = "<!-- Written by `npm run waiters`. -->"
const end = "<!-- The end of what `npm run waiters` writes. -->"

/** The guide with its table of all waiters. */
export const guide = (text: string, all: ReadonlyArray<Described>): string => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error("docs/waiting.md has no place for the table")
  const rows = all.flatMap(({ module, waiters }) =>
    Object.entries(waiters).sort(([a], [b]) => a < b ? -1 : 1).map(([name, { delay, maxAttempts, operation }]) =>
      `| \`${module}\` | \`${name}\` | \`${operation}\` | ${delay} s | ${maxAttempts} |`
    )
  )
  const table = ["| Module | Waiter | Command | Delay | Calls |", "| --- | --- | --- | --- | --- |", ...rows]
  return `${text.slice(0, from)}${begin}\n\n${table.join("\n")}\n\n${text.slice(to)}`
}

export const guideFile = "docs/waiting.md"
