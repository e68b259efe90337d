// botocore's descriptions of all AWS services, which moto's environment contains: which member of an output becomes
// which member of the next input.
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { gunzipSync } from "node:zlib"
import * as Python from "../../scripts/internal/python.ts"

export interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  /** The names of the members that a structure must have. */
  readonly required?: ReadonlyArray<string>
  /** The shape of a list's elements. */
  readonly member?: { readonly shape: string }
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: ReadonlyArray<string>
}

/** An operation, and the shapes of its members: those of a structure in the output too. */
export interface Operation {
  readonly name: string
  readonly input: ReadonlyMap<string, Shape>
  /** The names of the members that an input must have. */
  readonly required: ReadonlyArray<string>
  /** The names of required members that are in the path, the query or a header of a request. */
  readonly bound: ReadonlyArray<string>
  readonly output: ReadonlyMap<string, Shape>
  readonly shapeOf: (name: string) => Shape
  readonly paginator: Paginator | undefined
}

/** A paginator; its outputs are JMESPath expressions. */
export interface Paginator {
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  readonly more: string | undefined
}

/** An error that a service models. */
export interface ModeledError {
  readonly name: string
  /** The code on the wire, where it isn't the name. */
  readonly code: string | undefined
  readonly status: number | undefined
  readonly isServerFault: boolean
}

export interface Service {
  /** The name as the SDK knows it, such as `Cost Explorer`. */
  readonly id: string
  readonly name: string
  readonly version: string
  /** The protocols by botocore's names, such as `rest-json`. */
  readonly protocols: ReadonlyArray<string>
  readonly jsonVersion: string | undefined
  readonly errors: ReadonlyArray<ModeledError>
  readonly operations: ReadonlyArray<Operation>
}

const folders = (at: string): ReadonlyArray<string> =>
  fs.readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort()

/** The folder of botocore's data in the Python environment of moto. */
const dataOf = (python: string): string => {
  const environment = path.resolve(path.dirname(python), "..")
  const site = process.platform === "win32"
    ? path.join(environment, "Lib", "site-packages")
    : path.join(environment, "lib", folders(path.join(environment, "lib"))[0]!, "site-packages")
  return path.join(site, "botocore", "data")
}

const several = (tokens: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof tokens === "string" ? [tokens] : tokens

const read = (data: string, name: string, version: string): Service => {
  const folder = path.join(data, name, version)
  const model = JSON.parse(gunzipSync(fs.readFileSync(path.join(folder, "service-2.json.gz"))).toString())
  const file = path.join(folder, "paginators-1.json")
  const paginators = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).pagination : {}
  const shapeOf = (shape: string): Shape => model.shapes[shape]
  const membersOf = (reference: { readonly shape: string } | undefined): ReadonlyMap<string, Shape> =>
    new Map(
      Object.entries(reference === undefined ? {} : shapeOf(reference.shape).members ?? {}).map((
        [member, { shape }]
      ) => [
        member,
        shapeOf(shape)
      ])
    )
  return {
    id: model.metadata.serviceId,
    name,
    version,
    protocols: model.metadata.protocols ?? [model.metadata.protocol],
    jsonVersion: model.metadata.jsonVersion,
    errors: Object.entries<any>(model.shapes).flatMap(([name, { error, exception, fault }]) =>
      exception === true
        ? [{ name, code: error?.code, status: error?.httpStatusCode, isServerFault: fault === true }]
        : []
    ),
    operations: Object.values<any>(model.operations).map((operation) => {
      const paginator = paginators[operation.name]
      return {
        name: operation.name,
        input: membersOf(operation.input),
        required: operation.input === undefined ? [] : shapeOf(operation.input.shape).required ?? [],
        bound: (operation.input === undefined ? [] : shapeOf(operation.input.shape).required ?? []).filter((name) =>
          model.shapes[operation.input.shape].members[name].location !== undefined
        ),
        output: membersOf(operation.output),
        shapeOf,
        paginator: paginator && {
          inputs: several(paginator.input_token),
          outputs: several(paginator.output_token),
          more: paginator.more_results
        }
      }
    })
  }
}

/** The newest version of the service that has this name in botocore: `iam`. */
export const service = (name: string): Effect.Effect<Service, Python.PythonUnavailable> =>
  Effect.map(Python.install("moto"), (python) => {
    const data = dataOf(python)
    return read(data, name, folders(path.join(data, name)).at(-1)!)
  })

/** Each version of each service, one at a time: together they would take a gigabyte. */
export const services: Effect.Effect<Iterable<Service>, Python.PythonUnavailable> = Effect.map(
  Python.install("moto"),
  (python) => {
    const data = dataOf(python)
    return {
      *[Symbol.iterator]() {
        for (const name of folders(data)) {
          for (const version of folders(path.join(data, name))) {
            if (fs.existsSync(path.join(data, name, version, "service-2.json.gz"))) yield read(data, name, version)
          }
        }
      }
    }
  }
)
