// The constraints of the names, versions and formats of documents.
export const documentName = { required: true, pattern: "^[a-zA-Z0-9_\\-.]{3,128}$" } as const

/** A name or an ARN. */
export const givenDocument = { required: true, pattern: "^[a-zA-Z0-9_\\-.:/]{3,128}$" } as const

export const documentVersion = { pattern: "([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)" } as const

export const versionName = { pattern: "^[a-zA-Z0-9_\\-.]{1,128}$" } as const

export const documentFormat = { enum: ["YAML", "JSON", "TEXT"] } as const
