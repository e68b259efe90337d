import { Effect, LayerMap } from "effect"
import { AssumeRole, S3 } from "effect-aws-sdk"

const bucket = "tenants-0a1b"

/** Clients that reach one tenant's objects and no others, whatever the role allows. */
export class Tenants extends LayerMap.Service<Tenants>()("app/Tenants", {
  lookup: (tenant: string) =>
    AssumeRole.layer({
      roleArn: "arn:aws:iam::123456789012:role/tenants",
      sessionName: `tenant-${tenant}`,
      policy: {
        Version: "2012-10-17",
        Statement: [{
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:PutObject"],
          Resource: `arn:aws:s3:::${bucket}/${tenant}/*`
        }]
      }
    }),
  idleTimeToLive: "30 minutes"
}) {}

// The key may come from a request: a mistake in it can't reach another tenant.
export const read = (tenant: string, key: string) =>
  S3.getText(bucket, key).pipe(
    Effect.provide(Tenants.get(tenant)),
    Effect.tapErrorTag("AssumeRoleFailed", () => Tenants.invalidate(tenant))
  )

// For the Layer: Tenants.layer.pipe(Layer.provideMerge(Default.layer()))
