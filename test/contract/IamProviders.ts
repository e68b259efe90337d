import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateAccountAliasCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  CreateVirtualMFADeviceCommand,
  DeleteAccountAliasCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteSAMLProviderCommand,
  DeleteServerCertificateCommand,
  DeleteVirtualMFADeviceCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetOpenIDConnectProviderCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  ListAccountAliasesCommand,
  ListInstanceProfileTagsCommand,
  ListOpenIDConnectProvidersCommand,
  ListPolicyTagsCommand,
  ListSAMLProvidersCommand,
  ListServerCertificatesCommand,
  ListVirtualMFADevicesCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagInstanceProfileCommand,
  TagPolicyCommand,
  UntagInstanceProfileCommand,
  UntagPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateServerCertificateCommand,
  UploadServerCertificateCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Acm, Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createPolicy, createUser, expectMessage, expectRejected, metadata } from "./iamSetup.ts"

const urlOf = (tenant: string) => `https://oidc.example.com/${tenant}`
const thumbprint = "9768d042f2a71b1f1c4b1c1c6e8d9f3a5b7c9d1e"

const createOidc = (tenant: string) =>
  Iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: urlOf(tenant),
      ClientIDList: ["one"],
      ThumbprintList: [thumbprint]
    })
  )

const selfSigned = Acm.SelfSignedCertificate.generate({
  issuer: "Contract",
  subject: "www.example.com",
  subjectAlternativeNames: ["www.example.com"],
  validity: "2 days"
})

export const iamProviders = contract("Iam", {
  "creates an OpenID Connect provider, and returns its URL without the scheme": documented(
    "API_GetOpenIDConnectProvider",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { OpenIDConnectProviderArn } = yield* createOidc("created")
      assert.strictEqual(
        OpenIDConnectProviderArn,
        `arn:aws:iam::${account}:oidc-provider/oidc.example.com/created`
      )
      const found = yield* Iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
      assert.strictEqual(found.Url, "oidc.example.com/created")
      assert.deepEqual(found.ClientIDList, ["one"])
      assert.deepEqual(found.ThumbprintList, [thumbprint])
      const { OpenIDConnectProviderList } = yield* Iam.send(new ListOpenIDConnectProvidersCommand({}))
      assert.include(OpenIDConnectProviderList?.map(({ Arn }) => Arn) ?? [], OpenIDConnectProviderArn)
    })
  ),

  "rejects a second OpenID Connect provider with the same URL": believed(
    "users of Terraform quote the message",
    Effect.gen(function*() {
      yield* createOidc("second")
      yield* expectMessage(
        createOidc("second"),
        "EntityAlreadyExistsException",
        409,
        `Provider with url ${urlOf("second")} already exists.`
      )
    })
  ),

  "adds and removes the clients of an OpenID Connect provider, and sets its thumbprints": documented(
    "API_AddClientIDToOpenIDConnectProvider",
    Effect.gen(function*() {
      const { OpenIDConnectProviderArn } = yield* createOidc("clients")
      const add = Iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "two" })
      )
      yield* Effect.repeat(add, { times: 1 })
      const other = thumbprint.toUpperCase()
      yield* Iam.send(
        new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList: [other] })
      )
      const get = Iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
      assert.deepInclude({ ...(yield* get) }, { ClientIDList: ["one", "two"], ThumbprintList: [other] })
      const remove = new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "one" })
      yield* Effect.repeat(Iam.send(remove), { times: 1 })
      assert.deepEqual((yield* get).ClientIDList, ["two"])
    })
  ),

  "deletes an OpenID Connect provider, whether or not it exists": documented(
    "API_DeleteOpenIDConnectProvider",
    Effect.gen(function*() {
      const { OpenIDConnectProviderArn } = yield* createOidc("deleted")
      const remove = Iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
      yield* remove
      yield* remove
      yield* expectMessage(
        Iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
        "NoSuchEntityException",
        404,
        `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`
      )
    })
  ),

  "rejects an OpenID Connect provider without https, and one with six thumbprints": documented(
    "API_CreateOpenIDConnectProvider",
    Effect.gen(function*() {
      const create = (Url: string, ThumbprintList: Array<string>) =>
        Iam.send(new CreateOpenIDConnectProviderCommand({ Url, ThumbprintList }))
      yield* expectRejected(create("http://oidc.example.com", [thumbprint]), "ValidationError", 400)
      yield* expectRejected(
        create(urlOf("thumbprints"), Array.from({ length: 6 }, () => thumbprint)),
        "InvalidInputException",
        400
      )
    })
  ),

  "creates, reads and deletes a SAML provider": documented(
    "API_CreateSAMLProvider",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { SAMLProviderArn } = yield* Iam.send(
        new CreateSAMLProviderCommand({ Name: "idp", SAMLMetadataDocument: metadata })
      )
      assert.strictEqual(SAMLProviderArn, `arn:aws:iam::${account}:saml-provider/idp`)
      const get = Iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))
      assert.strictEqual((yield* get).SAMLMetadataDocument, metadata)
      const { SAMLProviderList } = yield* Iam.send(new ListSAMLProvidersCommand({}))
      assert.include(SAMLProviderList?.map(({ Arn }) => Arn) ?? [], SAMLProviderArn)
      yield* Iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }))
      yield* expectMessage(get, "NoSuchEntityException", 404, `Manifest not found for arn ${SAMLProviderArn}`)
    })
  ),

  "rejects a SAML provider whose metadata doesn't describe one": documented(
    "API_CreateSAMLProvider",
    expectRejected(
      Iam.send(new CreateSAMLProviderCommand({ Name: "no-idp", SAMLMetadataDocument: "x".repeat(1000) })),
      "InvalidInputException",
      400
    )
  ),

  "uploads, renames and deletes a server certificate": documented(
    "API_UploadServerCertificate",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { certificate, privateKey } = yield* selfSigned
      const upload = (PrivateKey: string) =>
        Iam.send(
          new UploadServerCertificateCommand({
            ServerCertificateName: "web",
            CertificateBody: certificate,
            PrivateKey
          })
        )
      const other = yield* selfSigned
      yield* expectRejected(upload(Redacted.value(other.privateKey)), "KeyPairMismatchException", 400)
      const { ServerCertificateMetadata } = yield* upload(Redacted.value(privateKey))
      assert.strictEqual(ServerCertificateMetadata?.Arn, `arn:aws:iam::${account}:server-certificate/web`)
      yield* Iam.send(
        new UpdateServerCertificateCommand({ ServerCertificateName: "web", NewServerCertificateName: "site" })
      )
      const { ServerCertificateMetadataList } = yield* Iam.send(new ListServerCertificatesCommand({}))
      assert.deepEqual(ServerCertificateMetadataList?.map(({ ServerCertificateName }) => ServerCertificateName), [
        "site"
      ])
      const get = Iam.send(new GetServerCertificateCommand({ ServerCertificateName: "site" }))
      assert.strictEqual((yield* get).ServerCertificate?.CertificateBody, certificate)
      yield* Iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: "site" }))
      yield* expectMessage(
        get,
        "NoSuchEntityException",
        404,
        "The Server Certificate with name site cannot be found."
      )
    })
  ),

  "replaces the alias of the account": documented(
    "API_CreateAccountAlias",
    Effect.gen(function*() {
      const create = (AccountAlias: string) => Iam.send(new CreateAccountAliasCommand({ AccountAlias }))
      const list = Effect.map(Iam.send(new ListAccountAliasesCommand({})), ({ AccountAliases }) => AccountAliases)
      yield* create("first-alias")
      yield* create("second-alias")
      assert.deepEqual(yield* list, ["second-alias"])
      yield* Iam.send(new DeleteAccountAliasCommand({ AccountAlias: "second-alias" }))
      assert.deepEqual(yield* list, [])
      yield* expectRejected(
        Iam.send(new DeleteAccountAliasCommand({ AccountAlias: "second-alias" })),
        "NoSuchEntityException",
        404
      )
    })
  ),

  "rejects an alias of the account with other characters than digits, lower-case letters and single hyphens":
    documented(
      "API_CreateAccountAlias",
      Effect.forEach(
        ["ab", "Alias", "-alias", "alias-", "my--alias", "x".repeat(64)],
        (AccountAlias) =>
          expectRejected(Iam.send(new CreateAccountAliasCommand({ AccountAlias })), "ValidationError", 400)
      )
    ),

  "sets all rules for passwords at once, and deletes them": documented(
    "API_UpdateAccountPasswordPolicy",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const get = Iam.send(new GetAccountPasswordPolicyCommand({}))
      const missing = expectMessage(
        get,
        "NoSuchEntityException",
        404,
        `The Password Policy with domain name ${account} cannot be found.`
      )
      yield* missing
      yield* Iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, MaxPasswordAge: 90 }))
      yield* Iam.send(new UpdateAccountPasswordPolicyCommand({ RequireSymbols: true }))
      const { PasswordPolicy } = yield* get
      assert.deepInclude({ ...PasswordPolicy }, {
        MinimumPasswordLength: 6,
        RequireSymbols: true,
        RequireNumbers: false,
        ExpirePasswords: false
      })
      yield* Iam.send(new DeleteAccountPasswordPolicyCommand({}))
      yield* missing
    })
  ),

  "counts what the account has, and reports its quotas": documented(
    "API_GetAccountSummary",
    Effect.gen(function*() {
      const summary = Effect.map(Iam.send(new GetAccountSummaryCommand({})), ({ SummaryMap = {} }) => SummaryMap)
      const { Groups = 0, Policies = 0, Users = 0, ...quotas } = yield* summary
      yield* createUser("counted")
      yield* createPolicy("counted")
      assert.deepInclude(yield* summary, { Groups, Policies: Policies + 1, Users: Users + 1 })
      assert.deepInclude(quotas, { GroupsQuota: 300, PoliciesQuota: 1500, UsersQuota: 5000 })
    })
  ),

  "creates a virtual MFA device once, and deletes it": documented(
    "API_CreateVirtualMFADevice",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const create = Iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "phone" }))
      const { VirtualMFADevice } = yield* create
      const { SerialNumber } = VirtualMFADevice!
      assert.strictEqual(SerialNumber, `arn:aws:iam::${account}:mfa/phone`)
      assert.match(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString(), /^[A-Z2-7]{64}$/)
      yield* expectMessage(
        create,
        "EntityAlreadyExistsException",
        409,
        "MFADevice entity at the same path and name already exists."
      )
      const { VirtualMFADevices } = yield* Iam.send(
        new ListVirtualMFADevicesCommand({ AssignmentStatus: "Unassigned" })
      )
      assert.deepEqual(VirtualMFADevices?.filter((device) => device.SerialNumber === SerialNumber), [{ SerialNumber }])
      const remove = Iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))
      yield* remove
      yield* expectRejected(remove, "NoSuchEntityException", 404)
    })
  ),

  "sets, lists and removes the tags of an instance profile": recorded(
    "test_iam TestIAMIntegrations::test_instance_profile_tags",
    Effect.gen(function*() {
      const InstanceProfileName = "tagged"
      yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
      const list = Effect.map(
        Iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName })),
        ({ Tags }) => Tags
      )
      assert.deepEqual(yield* list, [])
      const tags = [{ Key: "a", Value: "1" }, { Key: "b", Value: "2" }]
      yield* Iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: tags }))
      yield* Iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: "b", Value: "3" }] }))
      yield* Iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ["a", "none"] }))
      assert.deepEqual(yield* list, [{ Key: "b", Value: "3" }])
    })
  ),

  "sets, lists and removes the tags of a policy, but not of one of AWS": documented(
    "API_TagPolicy",
    Effect.gen(function*() {
      const PolicyArn = yield* createPolicy("tagged")
      const Tags = [{ Key: "a", Value: "1" }]
      yield* Iam.send(new TagPolicyCommand({ PolicyArn, Tags }))
      const list = Effect.map(Iam.send(new ListPolicyTagsCommand({ PolicyArn })), ({ Tags }) => Tags)
      assert.deepEqual(yield* list, Tags)
      yield* Iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] }))
      assert.deepEqual(yield* list, [])
      yield* expectRejected(
        Iam.send(new TagPolicyCommand({ PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess", Tags })),
        "AccessDenied",
        403
      )
    })
  )
})
