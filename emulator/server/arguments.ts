// The command line of the emulator.
import { parseArgs } from "node:util"
import type { RunOptions } from "./run.ts"

export const help = `Usage: effect-aws-sdk emulator [options]
       effect-aws-sdk create FOLDER

create makes a project from a template: effect-aws-sdk create --help.

emulator runs an AWS in memory, for the clients of any language: set AWS_ENDPOINT_URL to its endpoint.

Options:
  --port PORT      the port to listen on; 0 is any free one (default 4566)
  --host ADDRESS   the address to listen on (default 127.0.0.1, which other machines can't reach)
  --account ID     the account of access keys that don't name one (default 123456789012)
  --region REGION  the region of requests that don't name one (default us-east-1)
  --seed TEXT      the seed of all random IDs (default effect-aws-sdk)
  --strict         accept only access keys that the emulator has issued
  --enforce-iam    refuse what the policies of users and roles don't allow
  --speed N        resources change state in one Nth of AWS's time (default 60: a minute takes a second)
  --state FILE     start from this file if it exists, and save to it on exit
  --quiet          don't log calls
  --help           print this help
  --version        print the version

It stops with Ctrl-C or SIGTERM. The control API is under /_emulator/.
`

/** The command in a command line, or its error. */
export type Command =
  | { readonly _tag: "Help" }
  | { readonly _tag: "Version" }
  | { readonly _tag: "Emulator"; readonly options: RunOptions }
  | { readonly _tag: "Wrong"; readonly message: string }

const wrong = (message: string): Command => ({ _tag: "Wrong", message })

const settings = {
  port: { type: "string", default: "4566" },
  host: { type: "string", default: "127.0.0.1" },
  account: { type: "string", default: "123456789012" },
  region: { type: "string", default: "us-east-1" },
  seed: { type: "string", default: "effect-aws-sdk" },
  strict: { type: "boolean", default: false },
  "enforce-iam": { type: "boolean", default: false },
  speed: { type: "string", default: "60" },
  state: { type: "string" },
  quiet: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "v", default: false }
} as const

/** The values that each option accepts. */
const rules: ReadonlyArray<
  readonly [option: keyof typeof settings, isRight: (value: string) => boolean, rule: string]
> = [
  [
    "port",
    (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
    "a port from 0 to 65535, such as --port 4566"
  ],
  ["host", (value) => /^[\w.:-]+$/.test(value), "an address or a host name, such as --host 0.0.0.0"],
  ["account", (value) => /^\d{12}$/.test(value), "12 digits, such as --account 123456789012"],
  ["region", (value) => /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(value), "a region, such as --region eu-central-1"],
  ["seed", (value) => value !== "", "a text, such as --seed 1"],
  ["speed", (value) => Number(value) > 0 && Number.isFinite(Number(value)), "a number above 0, such as --speed 60"],
  ["state", (value) => value !== "", "the path of a file, such as --state aws.state"]
]

/** The message of `parseArgs`, without its advice for programmers. */
const messageOf = (error: Error): string => error.message.split(/\. (?:To specify|Did you)/)[0]!.replace(/\.?$/, ".")

/** Joins an option and a value that begins with a dash and is no option: `--port -1`. `parseArgs` would ask what is meant. */
const joined = (args: ReadonlyArray<string>): Array<string> => {
  const result: Array<string> = []
  for (const arg of args) {
    const before = result.at(-1) ?? ""
    const takesValue = Object.entries(settings).some(([name, { type }]) => type === "string" && before === `--${name}`)
    if (takesValue && /^-[^-a-z]/.test(arg)) result[result.length - 1] = `${before}=${arg}`
    else result.push(arg)
  }
  return result
}

export const readArguments = (args: ReadonlyArray<string>): Command => {
  let parsed
  try {
    parsed = parseArgs({ args: joined(args), options: settings, allowPositionals: true, strict: true })
  } catch (error) {
    return wrong(messageOf(error as Error))
  }
  const { positionals: [name, ...others], values } = parsed
  if (values.help || (name === undefined && args.length === 0)) return { _tag: "Help" }
  if (values.version) return { _tag: "Version" }
  if (name === undefined) return wrong("Say what to run: effect-aws-sdk emulator, or effect-aws-sdk create.")
  if (name !== "emulator") {
    return wrong(`There is no command ${JSON.stringify(name)}. The commands are emulator and create.`)
  }
  if (others.length > 0) {
    return wrong(`Unexpected: ${others.join(" ")}. Options start with two dashes, such as --port 4566.`)
  }
  for (const [option, isRight, rule] of rules) {
    const value = values[option]
    if (typeof value === "string" && !isRight(value)) {
      return wrong(`--${option} has to be ${rule}; ${JSON.stringify(value)} isn't.`)
    }
  }
  const { account, "enforce-iam": enforceIam, host, port, quiet, region, seed, speed, state, strict } = values
  return {
    _tag: "Emulator",
    options: { account, enforceIam, host, port: Number(port), quiet, region, seed, speed: Number(speed), state, strict }
  }
}
