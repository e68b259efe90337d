// The command line: what it asks for, and what is wrong with it.
import { assert, describe, it } from "@effect/vitest"
import { help, readArguments } from "../../../emulator/server/arguments.ts"

const read = (line: string) => readArguments(line === "" ? [] : line.split(" "))

const defaults = {
  account: "123456789012",
  host: "127.0.0.1",
  port: 4566,
  quiet: false,
  region: "us-east-1",
  seed: "effect-aws-sdk",
  speed: 60,
  state: undefined,
  strict: false,
  enforceIam: false
}

describe("the command line", () => {
  it("asks for help if it is empty or says --help anywhere", () => {
    for (const line of ["", "--help", "-h", "emulator --help", "emulator --port 1 -h"]) {
      assert.deepEqual(read(line), { _tag: "Help" }, line)
    }
  })

  it("asks for the version with --version", () => {
    for (const line of ["--version", "-v", "emulator --version"]) {
      assert.deepEqual(read(line), { _tag: "Version" }, line)
    }
  })

  it("has a default for each option, and shows it in the help", () => {
    assert.deepEqual(read("emulator"), { _tag: "Emulator", options: defaults })
    for (const [option, value] of Object.entries(defaults)) {
      assert.include(help, `--${option.replace("I", "-i")} `)
      if (typeof value !== "boolean" && value !== undefined) {
        assert.match(help, new RegExp(`--${option} .*default ${String(value).replaceAll(".", "\\.")}`))
      }
    }
  })

  it("sets each option", () => {
    const line =
      "emulator --port 0 --host=::1 --account 111111111111 --region cn-north-1 --seed 7 --strict --enforce-iam --speed 0.5 " +
      "--state a.state --quiet"
    assert.deepEqual(read(line), {
      _tag: "Emulator",
      options: {
        account: "111111111111",
        host: "::1",
        port: 0,
        quiet: true,
        region: "cn-north-1",
        seed: "7",
        speed: 0.5,
        state: "a.state",
        strict: true,
        enforceIam: true
      }
    })
  })

  const wrong: Readonly<Record<string, RegExp>> = {
    "emulater": /^There is no command "emulater"\. The commands are emulator and create\.$/,
    "--port 1": /^Say what to run: effect-aws-sdk emulator, or effect-aws-sdk create\.$/,
    "emulator 4566": /^Unexpected: 4566\. Options start with two dashes, such as --port 4566\.$/,
    "emulator --prot 1": /^Unknown option '--prot'\.$/,
    "emulator --port": /^Option '--port <value>' argument missing\.$/,
    "emulator --strict=yes": /^Option '--strict' does not take an argument\.$/,
    "emulator --port 70000": /^--port has to be a port from 0 to 65535, such as --port 4566; "70000" isn't\.$/,
    "emulator --port 1e3": /^--port has to be /,
    "emulator --port -1": /^--port has to be a port from 0 to 65535, such as --port 4566; "-1" isn't\.$/,
    "emulator --speed -0.5": /^--speed has to be a number above 0, such as --speed 60; "-0\.5" isn't\.$/,
    "emulator --host a/b": /^--host has to be an address or a host name/,
    "emulator --account 12": /^--account has to be 12 digits, such as --account 123456789012; "12" isn't\.$/,
    "emulator --region mars": /^--region has to be a region, such as --region eu-central-1; "mars" isn't\.$/,
    "emulator --seed=": /^--seed has to be a text/,
    "emulator --speed 0": /^--speed has to be a number above 0, such as --speed 60; "0" isn't\.$/,
    "emulator --speed fast": /^--speed has to be a number above 0/,
    "emulator --state=": /^--state has to be the path of a file/
  }
  for (const [line, message] of Object.entries(wrong)) {
    it(`says what is wrong with: ${line}`, () => {
      const command = read(line)
      assert.match(command._tag === "Wrong" ? command.message : command._tag, message)
    })
  }
})
