// Key pairs of the in-memory EC2, judged by OpenSSH and OpenSSL.
import {
  CreateKeyPairCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ec2, InMemory } from "effect-aws-sdk"
import { execFileSync, spawnSync } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { directory } from "../support/s3.ts"

const hasTools = ["ssh-keygen", "openssl"].every((tool) => spawnSync(tool, ["--help"]).error === undefined)
if (!hasTools) {
  const message = "Can't judge key pairs: ssh-keygen and openssl aren't both here."
  if (process.env.CI) throw new Error(message)
  console.log(message)
}

const run = (command: string, ...args: ReadonlyArray<string>) =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
const shell = (script: string, file: string) => run("sh", "-c", script, "sh", file)

const write = (name: string, text: string) =>
  Effect.flatMap(directory, (folder) => {
    const file = path.join(folder, name)
    return Effect.as(Effect.promise(() => fs.writeFile(file, `${text}\n`, { mode: 0o600 })), file)
  })

const codeOf = <A>(call: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.match(call, { onFailure: ({ code }) => code, onSuccess: () => "success" })

const keyPair = (KeyName: string) =>
  Effect.map(
    Ec2.send(new DescribeKeyPairsCommand({ KeyNames: [KeyName], IncludePublicKey: true })),
    ({ KeyPairs }) => KeyPairs![0]!
  )

const digest = (script: string, file: string) => shell(script, file).replace(/^.*= ?/, "")

describe.runIf(hasTools)("a key pair", () => {
  for (const KeyType of ["rsa", "ed25519"] as const) {
    it.effect(`is created with an ${KeyType} key that OpenSSH reads, and with AWS's fingerprint`, () =>
      Effect.gen(function*() {
        const created = yield* Ec2.send(new CreateKeyPairCommand({ KeyName: "k", KeyType }))
        const file = yield* write("key", created.KeyMaterial!)
        const { KeyFingerprint, PublicKey } = yield* keyPair("k")
        assert.strictEqual(KeyFingerprint, created.KeyFingerprint)
        assert.strictEqual(run("ssh-keygen", "-y", "-f", file), PublicKey!.replace(/ k$/, ""))
        assert.strictEqual(
          KeyFingerprint,
          KeyType === "rsa"
            ? digest(`openssl pkcs8 -in "$1" -inform PEM -outform DER -topk8 -nocrypt | openssl sha1 -c`, file)
            : `${/SHA256:(\S+)/.exec(run("ssh-keygen", "-l", "-f", file))![1]}=`
        )
      }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))

    it.effect(`is imported with an ${KeyType} key in every format of public keys, and with AWS's fingerprint`, () =>
      Effect.gen(function*() {
        const folder = yield* directory
        const file = path.join(folder, "key")
        run("ssh-keygen", "-q", "-t", KeyType, "-N", "", "-C", "me@here", "-f", file)
        const line = yield* Effect.promise(() => fs.readFile(`${file}.pub`, "utf8"))
        const fingerprint = KeyType === "rsa"
          ? digest(`ssh-keygen -ef "$1" -m PEM | openssl rsa -RSAPublicKey_in -outform DER | openssl md5 -c`, file)
          : `${/SHA256:(\S+)/.exec(run("ssh-keygen", "-l", "-f", file))![1]}=`
        const materials = { line, rfc4716: run("ssh-keygen", "-e", "-f", `${file}.pub`) }
        for (const [KeyName, material] of Object.entries(materials)) {
          const imported = yield* Ec2.send(
            new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(material) })
          )
          assert.strictEqual(imported.KeyFingerprint, fingerprint)
          const { KeyType: type, PublicKey } = yield* keyPair(KeyName)
          assert.strictEqual(type, KeyType)
          assert.strictEqual(PublicKey, line.trim().replace("me@here", KeyName))
        }
      }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))
  }
})

describe("a key pair", () => {
  const ed25519 = (KeyName: string) => Ec2.send(new CreateKeyPairCommand({ KeyName, KeyType: "ed25519" }))

  it.effect("has a name of its own and is found by name, id and tag until it is deleted", () =>
    Effect.gen(function*() {
      const { KeyPairId = "" } = yield* ed25519("a")
      yield* ed25519("b")
      assert.strictEqual(yield* codeOf(ed25519("a")), "InvalidKeyPair.Duplicate")
      yield* Ec2.send(new CreateTagsCommand({ Resources: [KeyPairId], Tags: [{ Key: "team", Value: "x" }] }))
      const names = (input: DescribeKeyPairsCommand["input"]) =>
        Effect.map(
          Ec2.send(new DescribeKeyPairsCommand(input)),
          ({ KeyPairs = [] }) => KeyPairs.map(({ KeyName }) => KeyName)
        )
      assert.deepEqual(yield* names({}), ["a", "b"])
      assert.deepEqual(yield* names({ KeyPairIds: [KeyPairId] }), ["a"])
      assert.deepEqual(yield* names({ Filters: [{ Name: "tag:team", Values: ["*"] }] }), ["a"])
      assert.deepEqual(yield* names({ Filters: [{ Name: "key-name", Values: ["b"] }] }), ["b"])
      assert.strictEqual((yield* Ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs![0]!.PublicKey, undefined)
      const gone = yield* Ec2.send(new DeleteKeyPairCommand({ KeyName: "a" }))
      assert.deepInclude(gone, { Return: true, KeyPairId })
      assert.strictEqual((yield* Ec2.send(new DeleteKeyPairCommand({ KeyPairId }))).Return, true)
      assert.strictEqual(yield* codeOf(names({ KeyNames: ["a"] })), "InvalidKeyPair.NotFound")
      assert.strictEqual(yield* codeOf(names({ KeyPairIds: [KeyPairId] })), "InvalidKeyPair.NotFound")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't imported from what is no public key", () =>
    Effect.gen(function*() {
      const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" })
      for (const material of ["nope", "ssh-rsa AAAA", "ssh-ed25519 !", ec.toString("base64")]) {
        const call = Ec2.send(new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: Buffer.from(material) }))
        assert.strictEqual(yield* codeOf(call), "InvalidKey.Format", material)
      }
      const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "der", type: "spki" })
      yield* Ec2.send(
        new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: Buffer.from(rsa.toString("base64")) })
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has to exist to launch an instance with it", () =>
    Effect.gen(function*() {
      const { Images = [] } = yield* Ec2.send(
        new DescribeImagesCommand({ Filters: [{ Name: "architecture", Values: ["x86_64"] }] })
      )
      const launch = Ec2.send(
        new RunInstancesCommand({
          ImageId: Images[0]!.ImageId!,
          InstanceType: "t3.micro",
          MinCount: 1,
          MaxCount: 1,
          KeyName: "k"
        })
      )
      const error = yield* Effect.flip(launch)
      assert.strictEqual(error.code, "InvalidKeyPair.NotFound")
      assert.include(error.message, "The key pair 'k' does not exist")
      yield* ed25519("k")
      yield* launch
      const { Reservations = [] } = yield* Ec2.send(
        new DescribeInstancesCommand({ Filters: [{ Name: "key-name", Values: ["k"] }] })
      )
      assert.strictEqual(Reservations.length, 1)
    }).pipe(Effect.provide(InMemory.layer())))
})
