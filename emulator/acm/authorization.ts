/** The permissions that calls to Certificate Manager need. */
import type * as sdk from "@aws-sdk/client-acm"
import type { Authorization, ConditionValues, Place } from "../engine/authorization.ts"
import { given, needs } from "../support/needs.ts"
import { tagRecord, tagValues } from "../support/needsOfState.ts"
import type { State } from "./state.ts"

interface Named {
  readonly CertificateArn?: string | undefined
}

/** The domains of the certificate that a request names. */
const domainKeys = ({ CertificateArn = "" }: Named, _: Place, state?: State): ConditionValues =>
  given({ "acm:domainnames": state?.certificates.get(CertificateArn)?.contents.names })

const hasTags = ({ Tags = [] }: { readonly Tags?: ReadonlyArray<sdk.Tag> | undefined }): boolean => Tags.length > 0

const tagsNew = {
  action: "AddTagsToCertificate",
  on: "certificate/*",
  keys: ({ Tags }: { readonly Tags?: ReadonlyArray<sdk.Tag> | undefined }) => tagValues(Tags),
  when: hasTags
} as const

/** The operations on tags of any resource of ACM have the actions of those on tags of certificates: certificates are all it has. */
export const authorization: Authorization<State> = {
  ...needs<typeof sdk, State>()("acm", {
    AddTagsToCertificate: { on: "{CertificateArn}", keys: ({ Tags }) => tagValues(Tags) },
    DeleteCertificate: "{CertificateArn}",
    DescribeCertificate: "{CertificateArn}",
    ExportCertificate: { on: "{CertificateArn}", keys: domainKeys },
    GetAccountConfiguration: {},
    GetCertificate: "{CertificateArn}",
    ImportCertificate: [
      { on: "certificate/{CertificateArn=*}", keys: ({ Tags }) => tagValues(Tags) },
      tagsNew
    ],
    ListCertificates: {},
    ListTagsForCertificate: "{CertificateArn}",
    ListTagsForResource: { action: "ListTagsForCertificate", on: "{ResourceArn}" },
    PutAccountConfiguration: {},
    RemoveTagsFromCertificate: { on: "{CertificateArn}", keys: ({ Tags }) => tagValues(Tags) },
    RenewCertificate: "{CertificateArn}",
    RequestCertificate: [
      {
        keys: (input) => ({
          ...tagValues(input.Tags),
          ...given({
            "acm:certificateauthority": input.CertificateAuthorityArn,
            "acm:certificatetransparencylogging": input.Options?.CertificateTransparencyLoggingPreference,
            "acm:domainnames": [input.DomainName, ...input.SubjectAlternativeNames ?? []],
            "acm:export": input.Options?.Export,
            "acm:keyalgorithm": input.KeyAlgorithm,
            "acm:validationmethod": input.ValidationMethod
          })
        })
      },
      tagsNew
    ],
    ResendValidationEmail: "{CertificateArn}",
    RevokeCertificate: { on: "{CertificateArn}", keys: domainKeys },
    TagResource: { action: "AddTagsToCertificate", on: "{ResourceArn}", keys: ({ Tags }) => tagValues(Tags) },
    UntagResource: {
      action: "RemoveTagsFromCertificate",
      on: "{ResourceArn}",
      keys: ({ TagKeys }) => given({ "aws:tagkeys": TagKeys })
    },
    UpdateCertificateOptions: "{CertificateArn}"
  }),
  tagsOf: (arn, { certificates }) => tagRecord(certificates.get(arn)?.tags)
}
