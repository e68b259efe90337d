// What the cases of IAM share.
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, Iam } from "effect-aws-sdk"

export const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
})
export const PolicyDocument = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/*" }]
})
export const metadata =
  `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><IDPSSODescriptor ` +
  `protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${
    " ".repeat(1000)
  }</IDPSSODescriptor></EntityDescriptor>`

export const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"

export const createRole = (RoleName: string) =>
  Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))

export const createPolicy = (PolicyName: string) =>
  Effect.map(Iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument })), ({ Policy }) => Policy?.Arn)

export const createProfile = Effect.fnUntraced(function*(InstanceProfileName: string, RoleName: string) {
  yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
  yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
})

export const expectRejected = Effect.fnUntraced(function*<A, R>(
  effect: Effect.Effect<A, AwsError, R>,
  code: string,
  statusCode: number
) {
  const error = yield* Effect.flip(effect)
  assert.strictEqual(error.reason._tag, code === "AccessDenied" ? "AccessDenied" : "Rejected")
  assert.strictEqual(error.code, code)
  assert.strictEqual(error.statusCode, statusCode)
  return error.reason.description
})

export const createUser = (UserName: string) => Iam.send(new CreateUserCommand({ UserName }))

/** The messages of a refusal, to compare them with AWS's words. */
export const expectMessage = Effect.fnUntraced(function*<A, R>(
  effect: Effect.Effect<A, AwsError, R>,
  code: string,
  statusCode: number,
  message: string
) {
  assert.strictEqual(yield* expectRejected(effect, code, statusCode), message)
})
