// The pages of the site, in the order of its sidebar. A page that isn't here fails the build, and so does one that is here but isn't
// there.

/** A file of the repository that is a page of the site. */
export interface Page {
  readonly label: string
  readonly file: string
}

/** All pages of a folder, with their titles as labels, in the order of their names. */
export interface Folder {
  readonly label: string
  readonly folder: string
}

export interface Group {
  readonly label: string
  readonly items: ReadonlyArray<Page | Folder>
}

const page = (label: string, file: string): Page => ({ label, file })
const folder = (label: string, folder: string): Folder => ({ label, folder })

/** The groups before the API reference. */
export const guides: ReadonlyArray<Group> = [
  {
    label: "Start",
    items: [
      page("Getting started", "docs/getting-started.md"),
      page("Template", "docs/template.md"),
      page("Comparison", "docs/comparison.md"),
      page("Questions and answers", "docs/faq.md"),
      page("For coding assistants", "docs/coding-assistants.md")
    ]
  },
  {
    label: "Guides",
    items: [
      page("Credentials", "docs/credentials.md"),
      page("Calls", "docs/calls.md"),
      page("Errors", "docs/errors.md"),
      page("Pagination", "docs/pagination.md"),
      page("Waiting", "docs/waiting.md"),
      page("S3", "docs/s3.md"),
      page("S3-compatible stores", "docs/s3-compatible.md"),
      page("Configuration", "docs/configuration.md"),
      page("Batching", "docs/batching.md"),
      page("Publishers", "docs/publishers.md"),
      page("Effect's metrics in CloudWatch", "docs/metrics.md"),
      page("AWS Lambda", "docs/lambda.md"),
      page("Fleets", "docs/fleet.md"),
      page("Organizations", "docs/organizations.md"),
      page("The report of a fleet", "docs/fleet-report.md"),
      page("Durable programs", "docs/durable.md"),
      page("Durable on many machines", "docs/durable-cluster.md")
    ]
  },
  {
    label: "Cookbook",
    items: [page("All recipes", "docs/cookbook.md"), folder("Recipes", "docs/cookbook")]
  },
  {
    label: "Testing",
    items: [
      page("Testing your program", "docs/testing.md"),
      page("Event-driven programs", "docs/event-driven-tests.md"),
      page("Least privilege", "docs/least-privilege.md"),
      page("The emulator", "docs/emulator.md"),
      page("Commands", "docs/commands.md"),
      folder("Commands by service", "docs/commands"),
      page("Coverage", "docs/coverage.md"),
      page("Catalogues", "docs/catalogues.md")
    ]
  },
  {
    label: "In production",
    items: [
      page("Observability", "docs/observability.md"),
      page("Bundling", "docs/bundling.md"),
      page("Runtimes", "docs/runtimes.md"),
      page("Performance", "docs/performance.md"),
      page("Security", "docs/security.md"),
      page("Versions", "docs/versions.md")
    ]
  },
  {
    label: "Coming from",
    items: [
      page("AWS SDK v3", "docs/migration/sdk-v3.md"),
      page("@effect-aws", "docs/migration/effect-aws.md"),
      page("aws-sdk-client-mock", "docs/migration/aws-sdk-client-mock.md"),
      page("LocalStack and moto", "docs/migration/localstack-and-moto.md"),
      page("aws-aio", "docs/parity.md")
    ]
  }
]

/** The groups after it. */
export const project: ReadonlyArray<Group> = [
  {
    label: "Project",
    items: [
      page("Changelog", "CHANGELOG.md"),
      page("Contributing", "CONTRIBUTING.md"),
      page("Security policy", "SECURITY.md"),
      folder("Decisions", "docs/decisions")
    ]
  }
]
