import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  DeleteLoginProfileCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  GetSSHPublicKeyCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateLoginProfileCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateSigningCertificateCommand,
  UpdateSSHPublicKeyCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Acm, Iam, Sts } from "effect-aws-sdk"
import { generateKeyPairSync } from "node:crypto"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createUser, expectMessage, expectRejected } from "./iamSetup.ts"

const codecommit = "codecommit.amazonaws.com"

const createCredential = (UserName: string, ServiceName = codecommit) =>
  Iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }))

const listCredentials = (UserName: string, ServiceName?: string) =>
  Effect.map(
    Iam.send(new ListServiceSpecificCredentialsCommand({ UserName, ServiceName })),
    ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials
  )

const newCertificate = Effect.map(
  Acm.SelfSignedCertificate.generate({
    issuer: "Contract",
    subject: "www.example.com",
    subjectAlternativeNames: ["www.example.com"],
    validity: "2 days"
  }),
  ({ certificate }) => certificate
)

const upload = (UserName: string, CertificateBody: string) =>
  Iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody }))

/** A public key in the format of OpenSSH, in which each field follows its length. */
const sshKey = (modulusLength: number): string => {
  const { e, n } = generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ format: "jwk" })
  const field = (bytes: Buffer) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(bytes.length)
    return Buffer.concat([size, bytes])
  }
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n!, "base64url")])
  const blob = [Buffer.from("ssh-rsa"), Buffer.from(e!, "base64url"), modulus].map(field)
  return `ssh-rsa ${Buffer.concat(blob).toString("base64")}`
}

export const iamCredentials = contract("Iam", {
  "creates, lists, updates, resets and deletes a credential for a service": recorded(
    "test_iam TestIAMServiceSpecificCredentials::test_service_specific_credential_lifecycle[codecommit.amazonaws.com]",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const UserName = "committer"
      yield* createUser(UserName)
      const { ServiceSpecificCredential: created } = yield* createCredential(UserName)
      const { ServicePassword, ...metadata } = created!
      assert.isString(ServicePassword)
      assert.strictEqual(metadata.ServiceUserName, `${UserName}-at-${account}`)
      assert.strictEqual(metadata.Status, "Active")
      assert.deepEqual(yield* listCredentials(UserName, codecommit), [metadata])
      const { ServiceSpecificCredentialId } = metadata
      const own = { UserName, ServiceSpecificCredentialId }
      yield* Iam.send(new UpdateServiceSpecificCredentialCommand({ ...own, Status: "Inactive" }))
      const { ServiceSpecificCredential: reset } = yield* Iam.send(new ResetServiceSpecificCredentialCommand(own))
      assert.notStrictEqual(reset?.ServicePassword, ServicePassword)
      assert.deepEqual({ ...reset, ServicePassword }, { ...created, Status: "Inactive" })
      yield* Iam.send(new DeleteServiceSpecificCredentialCommand(own))
      assert.deepEqual(yield* listCredentials(UserName), [])
    })
  ),

  "gives a user two credentials for each service, with names of their own": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      yield* createUser("two")
      yield* createCredential("two")
      const { ServiceSpecificCredential } = yield* createCredential("two")
      assert.strictEqual(ServiceSpecificCredential?.ServiceUserName, `two+1-at-${account}`)
      yield* expectRejected(createCredential("two"), "LimitExceededException", 409)
      yield* createCredential("two", "cassandra.amazonaws.com")
    })
  ),

  "rejects a credential for a service that has none": recorded(
    "test_iam TestIAMServiceSpecificCredentials::test_create_service_specific_credential_invalid_service",
    Effect.gen(function*() {
      yield* createUser("unserved")
      for (const service of ["lambda.amazonaws.com", "o3on3n3onosneo"]) {
        const message = `No such service ${service} is supported for Service Specific Credentials`
        yield* expectMessage(createCredential("unserved", service), "NoSuchEntityException", 404, message)
        yield* expectMessage(listCredentials("unserved", service), "NoSuchEntityException", 404, message)
      }
    })
  ),

  "rejects a credential of another user, and one that doesn't exist": recorded(
    "test_iam TestIAMServiceSpecificCredentials::test_user_match_id_mismatch[satisfiesregexbutstillinvalid]",
    Effect.gen(function*() {
      yield* createUser("mismatch")
      const ServiceSpecificCredentialId = "satisfiesregexbutstillinvalid"
      yield* expectMessage(
        Iam.send(new ResetServiceSpecificCredentialCommand({ UserName: "mismatch", ServiceSpecificCredentialId })),
        "NoSuchEntityException",
        404,
        `No such credential ${ServiceSpecificCredentialId} exists`
      )
      yield* expectMessage(
        Iam.send(new DeleteServiceSpecificCredentialCommand({ UserName: "nobody", ServiceSpecificCredentialId })),
        "NoSuchEntityException",
        404,
        "The user with name nobody cannot be found."
      )
    })
  ),

  "refuses to delete a user that has a credential for a service": recorded(
    "test_iam TestIAMServiceSpecificCredentials::test_delete_user_after_service_credential_created",
    Effect.gen(function*() {
      yield* createUser("served")
      yield* createCredential("served")
      yield* expectMessage(
        Iam.send(new DeleteUserCommand({ UserName: "served" })),
        "DeleteConflictException",
        409,
        "Cannot delete entity, must remove referenced objects first."
      )
    })
  ),

  "uploads, lists, updates and deletes a signing certificate": recorded(
    "test_iam_signing_certificates test_signing_certs",
    Effect.gen(function*() {
      const UserName = "signer"
      yield* createUser(UserName)
      const body = yield* newCertificate
      const { Certificate } = yield* upload(UserName, body)
      const { CertificateId } = Certificate!
      assert.deepInclude({ ...Certificate }, { UserName, CertificateBody: body, Status: "Active" })
      yield* Iam.send(new UpdateSigningCertificateCommand({ UserName, CertificateId, Status: "Inactive" }))
      const { Certificates } = yield* Iam.send(new ListSigningCertificatesCommand({ UserName }))
      assert.deepEqual(Certificates, [{ ...Certificate!, Status: "Inactive" }])
      yield* expectRejected(Iam.send(new DeleteUserCommand({ UserName })), "DeleteConflictException", 409)
      yield* Iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId }))
      yield* expectMessage(
        Iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
        "NoSuchEntityException",
        404,
        `The Certificate with id ${CertificateId} cannot be found.`
      )
      yield* Iam.send(new DeleteUserCommand({ UserName }))
    })
  ),

  "limits a user to two signing certificates": recorded(
    "test_iam_signing_certificates test_create_too_many_certificates",
    Effect.gen(function*() {
      yield* createUser("certified")
      for (let i = 0; i < 2; i++) yield* upload("certified", yield* newCertificate)
      yield* expectMessage(
        upload("certified", yield* newCertificate),
        "LimitExceededException",
        409,
        "Cannot exceed quota for CertificatesPerUser: 2"
      )
    })
  ),

  "rejects a signing certificate that is malformed or already uploaded": documented(
    "API_UploadSigningCertificate",
    Effect.gen(function*() {
      yield* createUser("uncertified")
      yield* expectRejected(upload("uncertified", "notacert"), "MalformedCertificateException", 400)
      const certificate = yield* newCertificate
      yield* upload("uncertified", certificate)
      yield* expectRejected(upload("uncertified", certificate), "DuplicateCertificateException", 409)
    })
  ),

  "uploads an SSH public key, and returns it in each encoding": documented(
    "API_GetSSHPublicKey",
    Effect.gen(function*() {
      const UserName = "ssh"
      yield* createUser(UserName)
      const body = sshKey(2048)
      const { SSHPublicKey } = yield* Iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: body }))
      const { SSHPublicKeyId } = SSHPublicKey!
      assert.match(SSHPublicKeyId ?? "", /^APKA/)
      assert.match(SSHPublicKey?.Fingerprint ?? "", /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)
      const get = (Encoding: "SSH" | "PEM") =>
        Effect.map(
          Iam.send(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding })),
          ({ SSHPublicKey }) => SSHPublicKey?.SSHPublicKeyBody
        )
      assert.strictEqual(yield* get("SSH"), body)
      assert.match((yield* get("PEM")) ?? "", /^-----BEGIN PUBLIC KEY-----/)
      yield* Iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: "Inactive" }))
      const { SSHPublicKeys } = yield* Iam.send(new ListSSHPublicKeysCommand({ UserName }))
      assert.deepEqual(SSHPublicKeys?.map(({ Status }) => Status), ["Inactive"])
      yield* expectRejected(Iam.send(new DeleteUserCommand({ UserName })), "DeleteConflictException", 409)
      yield* Iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }))
      yield* expectRejected(get("SSH"), "NoSuchEntityException", 404)
    })
  ),

  "rejects an SSH key that is too short, malformed or already uploaded": documented(
    "API_UploadSSHPublicKey",
    Effect.gen(function*() {
      const UserName = "no-ssh"
      yield* createUser(UserName)
      const add = (SSHPublicKeyBody: string) => Iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }))
      yield* expectRejected(add(sshKey(1024)), "InvalidPublicKeyException", 400)
      yield* expectRejected(add("ssh-rsa none"), "InvalidPublicKeyException", 400)
      const body = sshKey(2048)
      yield* add(body)
      yield* expectRejected(add(body), "DuplicateSSHPublicKeyException", 400)
    })
  ),

  "creates, changes and deletes a password": documented(
    "API_CreateLoginProfile",
    Effect.gen(function*() {
      const UserName = "console"
      const get = Iam.send(new GetLoginProfileCommand({ UserName }))
      yield* createUser(UserName)
      yield* expectMessage(get, "NoSuchEntityException", 404, `Login Profile for User ${UserName} cannot be found.`)
      const create = Iam.send(new CreateLoginProfileCommand({ UserName, Password: "Correct-horse-1" }))
      const { LoginProfile } = yield* create
      assert.deepInclude({ ...LoginProfile }, { UserName, PasswordResetRequired: false })
      yield* expectMessage(
        create,
        "EntityAlreadyExistsException",
        409,
        `Login Profile for user ${UserName} already exists.`
      )
      yield* Iam.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: true }))
      assert.isTrue((yield* get).LoginProfile?.PasswordResetRequired)
      yield* expectMessage(
        Iam.send(new DeleteUserCommand({ UserName })),
        "DeleteConflictException",
        409,
        "Cannot delete entity, must delete login profile first."
      )
      yield* Iam.send(new DeleteLoginProfileCommand({ UserName }))
      yield* Iam.send(new DeleteUserCommand({ UserName }))
    })
  ),

  "rejects a password that is too short or too simple": believed(
    "users of the AWS CLI and of boto3 quote these messages",
    Effect.gen(function*() {
      const UserName = "weak"
      yield* createUser(UserName)
      const create = (Password: string) => Iam.send(new CreateLoginProfileCommand({ UserName, Password }))
      const violation = "PasswordPolicyViolationException"
      yield* expectMessage(create("Ab1-"), violation, 400, "Password should have a minimum length of 8")
      yield* expectMessage(
        create("lowercase1"),
        violation,
        400,
        "Password should meet 1 more of the following requirements: " +
          "Password should have at least one uppercase letter, Password should have at least one symbol"
      )
    })
  ),

  "tells that a new access key was never used": documented(
    "API_GetAccessKeyLastUsed",
    Effect.gen(function*() {
      yield* createUser("unused")
      const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName: "unused" }))
      const used = yield* Iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: AccessKey?.AccessKeyId }))
      assert.strictEqual(used.UserName, "unused")
      assert.deepEqual({ ...used.AccessKeyLastUsed }, { ServiceName: "N/A", Region: "N/A" })
    })
  )
})
